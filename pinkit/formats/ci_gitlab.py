"""Jobs for GitLab CI."""

from __future__ import annotations

INCLUDE = ".gitlab/pinkit.yml"
"""The file with the jobs; `.gitlab-ci.yml` includes it."""


_UPGRADE = """
pinkit-plan:
  extends: .pinkit
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  variables:
    # Code of others may be built here, so the token is hidden from this job.
    PINKIT_FORGE_TOKEN: ""
  script:
    # 1 says that something cannot be fixed or proved; the plan tells what, and is published all the same.
    - pinkit upgrade --security --max-age 24h --plan plan.json || test $? -eq 1
  artifacts:
    paths: [plan.json]
    expire_in: 1 week

pinkit-publish:
  extends: .pinkit
  needs: [pinkit-plan]
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule" && $PINKIT_FORGE_TOKEN
  variables:
    GIT_AUTHOR_NAME: pinkit
    GIT_AUTHOR_EMAIL: pinkit@noreply.invalid
    GIT_COMMITTER_NAME: pinkit
    GIT_COMMITTER_EMAIL: pinkit@noreply.invalid
  script:
    - pinkit pr --plan plan.json --forge gitlab
"""


def gitlab_root() -> str:
    """A `.gitlab-ci.yml` that has pinkit's jobs alone."""
    return f"""\
# Written by `pinkit init`. What stands here afterwards is yours.
include:
  - local: {INCLUDE}
"""


def gitlab_jobs(version: str) -> str:
    """`check`, `audit` and `verify` on merge requests; scheduled pipelines audit and, given a token, upgrade."""
    return f"""\
# Written by `pinkit init`. What stands here afterwards is yours.
#
# For upgrades make a scheduled pipeline, and a project access token (Developer; api and write_repository) as
# the masked and protected variable PINKIT_FORGE_TOKEN. A job token may not open merge requests.
.pinkit:
  image: python:3.13-slim
  before_script:
    - apt-get update -qq && apt-get install -qq -y --no-install-recommends git
    - python -m pip install --quiet pinkit=={version}

pinkit-check:
  extends: .pinkit
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  script:
    - pinkit check

pinkit-audit:
  extends: .pinkit
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_PIPELINE_SOURCE == "schedule"
  script:
    - pinkit audit --max-age 24h

pinkit-verify:
  extends: .pinkit
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
  variables:
    GIT_DEPTH: "0"
  script:
    # Rebuilding needs a runner that allows namespaces; where yours does, leave out --locked.
    - pinkit verify pins --changed-since "$CI_MERGE_REQUEST_DIFF_BASE_SHA" --locked --allow-inconclusive
{_UPGRADE}"""
