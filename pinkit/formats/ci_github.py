"""Workflow files for GitHub Actions and for Forgejo Actions, which read the same language.

Every action is pinned by its full commit; the top of each file grants reading alone; nothing of an event's text
reaches a shell but through the environment.
"""

from __future__ import annotations

CHECKOUT = "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2"
SETUP_PYTHON = "actions/setup-python@a26af69be951a213d495a4c3e4e4022e16d87065 # v5.6.0"
UPLOAD = "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2"
DOWNLOAD = "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0"
_ELSEWHERE = "https://github.com/"
"""Forgejo looks for short names at an address of its own; a whole URL is the same everywhere."""

_CHECKED, _UPGRADED = (f'schedule:\n    - cron: "{minute} 4 * * *"' for minute in (23, 41))
_GITHUB_NOTE = """\
# Proposals that GITHUB_TOKEN opens start no workflows. Give a token of a GitHub App (contents and pull requests:
# write) as the secret PINKIT_FORGE_TOKEN to have them checked at once, or reopen them by hand. With GITHUB_TOKEN, allow
# "GitHub Actions to create pull requests" in the repository's settings.
"""
_FORGEJO_NOTE = """\
# The secret PINKIT_FORGE_TOKEN is a token that may write to the repository and to its issues.
"""
_SANDBOX = """\
      - name: Isolation for builds
        run: |
          sudo apt-get update -qq
          sudo apt-get install -qq -y bubblewrap
          sudo sysctl -q -w kernel.apparmor_restrict_unprivileged_userns=0 || true
"""


def github_checks(version: str) -> str:
    """`check`, `audit` and `verify` on pull requests, `audit` every day besides."""
    return f"""\
{_head("pinkit", "pull_request:", _CHECKED, "workflow_dispatch:")}
concurrency:
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
  check:
    if: github.event_name != 'schedule'
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
{_prepared(version, "")}      - run: pinkit check --format github

  audit:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    steps:
{_prepared(version, "")}      - run: pinkit audit --max-age 24h --format github

  verify:
    if: github.event_name == 'pull_request'
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
{_prepared(version, "", history=True)}{_SANDBOX}      - name: Rebuild what this change pins anew
        env:
          BASE: ${{{{ github.event.pull_request.base.sha }}}}
        run: pinkit verify pins --changed-since "$BASE" --require-sandbox --allow-inconclusive --format github
"""


def github_upgrade(version: str) -> str:
    """Upgrades every day: a job without a token plans, another one publishes and runs no code of others."""
    return f"""\
{_head("pinkit upgrade", _UPGRADED, "workflow_dispatch:", note=_GITHUB_NOTE)}
concurrency:
  group: ${{{{ github.workflow }}}}

jobs:
  plan:
    runs-on: ubuntu-latest
    timeout-minutes: 60
    steps:
{_prepared(version, "")}{_SANDBOX}      - name: Plan
        # 1 says that something cannot be fixed or proved; the plan tells what, and is published all the same.
        run: pinkit upgrade --security --max-age 24h --plan plan.json || test $? -eq 1
      - uses: {UPLOAD}
        with:
          name: plan
          path: plan.json
          if-no-files-found: error

  publish:
    needs: plan
    runs-on: ubuntu-latest
    timeout-minutes: 15
    permissions:
      contents: write
      pull-requests: write
      issues: write
    steps:
{_prepared(version, "")}      - uses: {DOWNLOAD}
        with:
          name: plan
      - name: Publish
        env:
          PINKIT_FORGE_TOKEN: ${{{{ secrets.PINKIT_FORGE_TOKEN || github.token }}}}
        run: pinkit pr --plan plan.json --forge github --commit-through api
"""


def forgejo_checks(version: str) -> str:
    """As `github_checks`, for Forgejo's and Gitea's runners; without `verify`, whose sandbox few runners allow."""
    return f"""\
{_head("pinkit", "pull_request:", _CHECKED)}
jobs:
  check:
    if: github.event_name != 'schedule'
    runs-on: docker
    steps:
{_prepared(version, _ELSEWHERE)}      - run: pinkit check
  audit:
    runs-on: docker
    steps:
{_prepared(version, _ELSEWHERE)}      - run: pinkit audit --max-age 24h
  verify:
    if: github.event_name == 'pull_request'
    runs-on: docker
    steps:
{_prepared(version, _ELSEWHERE, history=True)}      - name: Is everything that this change pins proved by a ledger?
        # Rebuilding needs a runner that allows namespaces; where yours does, leave out --locked.
        env:
          BASE: ${{{{ github.event.pull_request.base.sha }}}}
        run: pinkit verify pins --changed-since "$BASE" --locked --allow-inconclusive
"""


def forgejo_upgrade(version: str) -> str:
    """Upgrades every day, planned and published in one job, the token in the environment of the last step alone."""
    return f"""\
{_head("pinkit upgrade", _UPGRADED, "workflow_dispatch:", note=_FORGEJO_NOTE)}
jobs:
  upgrade:
    runs-on: docker
    steps:
{_prepared(version, _ELSEWHERE)}      - name: Plan
        # 1 says that something cannot be fixed or proved; the plan tells what, and is published all the same.
        run: pinkit upgrade --security --max-age 24h --plan plan.json || test $? -eq 1
      - name: Publish
        env:
          PINKIT_FORGE_TOKEN: ${{{{ secrets.PINKIT_FORGE_TOKEN }}}}
          GIT_AUTHOR_NAME: pinkit
          GIT_AUTHOR_EMAIL: pinkit@noreply.invalid
          GIT_COMMITTER_NAME: pinkit
          GIT_COMMITTER_EMAIL: pinkit@noreply.invalid
        run: pinkit pr --plan plan.json --forge forgejo
"""


def _head(name: str, *events: str, note: str = "") -> str:
    """Who wrote the file, its name, when it runs; it may read alone."""
    lines = ["# Written by `pinkit init`. What stands here afterwards is yours.", *(["#"] if note else [])]
    when = "".join(f"  {event}\n" for event in events)
    return "\n".join(lines) + f"\n{note}name: {name}\non:\n{when}\npermissions:\n  contents: read\n"


def _prepared(version: str, source: str, *, history: bool = False) -> str:
    depth = "          fetch-depth: 0\n" if history else ""
    return f"""\
      - uses: {source}{CHECKOUT}
        with:
          persist-credentials: false
{depth}      - uses: {source}{SETUP_PYTHON}
        with:
          python-version: "3.13"
      - run: python -m pip install pinkit=={version}
"""
