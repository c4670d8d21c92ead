"""What the stand-in answers for the APIs of GitHub, GitLab and Forgejo: the parts that publishing asks for."""

from __future__ import annotations

from typing import Any

from scripts.stand_in.forge_state import Kept, Refused, State
from scripts.stand_in.git_data import answer_git_data


class Forgejo:
    """Answers as Forgejo does."""

    def __init__(self, state: State) -> None:
        self.state = state

    def answer(self, method: str, path: str, query: dict[str, str], content: Any) -> Any:
        """The answer to a request for a path below the API; None for one without content."""
        tail = path.removeprefix(f"/repos/{self.state.slug}")
        if tail == path:
            raise Refused(404, "Not Found")
        match method, tail.split("/")[1:]:
            case "GET", []:
                return {"default_branch": "main", "full_name": self.state.slug}
            case "GET", ["labels"]:
                return [{"id": n, "name": name} for n, name in enumerate(self.state.labels, 1)]
            case "GET", ["pulls"]:
                return [self.shown(p) for p in self.listed(query)]
            case "POST", ["pulls"]:
                return self.shown(self.create(content))
            case "PATCH", ["pulls", number]:
                kept = self.state.proposal(number)
                self.state.change(kept, content.get("title"), content.get("body"), content.get("state"))
                return self.shown(kept)
            case "POST", ["issues", number, "comments"]:
                self.state.proposal(number).comments.append(content["body"])
                return {"id": 1}
            case "POST", ["issues", number, "labels"]:
                kept = self.state.proposal(number)
                kept.labels = sorted({*kept.labels, *self.names(content["labels"])})
                return [{"name": name} for name in kept.labels]
            case _, ["git", *rest]:
                return self.git_data(method, rest, content)
        raise Refused(404, "Not Found")

    def git_data(self, method: str, parts: list[str], content: Any) -> Any:
        """Forgejo has nothing of it that publishing could use."""
        raise Refused(404, "Not Found")

    def listed(self, query: dict[str, str]) -> list[Kept]:
        """Pull requests by state alone."""
        return self.state.chosen(query.get("state", "open"))

    def create(self, content: Any) -> Kept:
        """A new pull request, labelled."""
        labels = self.names(content.get("labels", []))
        return self.state.opened(content["head"], content["base"], content["title"], content["body"], labels)

    def names(self, labels: list[Any]) -> list[str]:
        """The names of labels that were given by their ids."""
        if not all(isinstance(each, int) for each in labels):
            raise Refused(422, "labels are ids")
        return [self.state.labels[each - 1] for each in labels]

    def shown(self, kept: Kept) -> dict[str, Any]:
        """A pull request as the API shows it."""
        repository = {"full_name": "someone/project" if kept.fork else self.state.slug}
        return {
            "number": kept.number,
            "state": "open" if kept.state == "open" else "closed",
            "merged": kept.state == "merged",
            "merged_at": "2026-01-01T00:00:00Z" if kept.state == "merged" else None,
            "title": kept.title,
            "body": kept.body,
            "html_url": f"{self.state.url}/{self.state.slug}/pulls/{kept.number}",
            "head": {"ref": kept.branch, "repo": repository},
            "base": {"ref": kept.base, "repo": {"full_name": self.state.slug}},
            "labels": [{"name": name} for name in kept.labels],
        }


class GitHub(Forgejo):
    """Answers as GitHub does."""

    def listed(self, query: dict[str, str]) -> list[Kept]:
        """Pull requests by state, head and base."""
        branch = query.get("head", "").partition(":")[2]
        return self.state.chosen(query.get("state", "open"), branch, query.get("base", ""))

    def names(self, labels: list[Any]) -> list[str]:
        """Labels are given by name; unknown ones are made."""
        return [str(each) for each in labels]

    def git_data(self, method: str, parts: list[str], content: Any) -> Any:
        """The Git Data API."""
        return answer_git_data(self.state.repository, method, parts, content)


class GitLab:
    """Answers as GitLab does."""

    def __init__(self, state: State) -> None:
        self.state = state

    def answer(self, method: str, path: str, query: dict[str, str], content: Any) -> Any:
        """The answer to a request for a path below the API."""
        tail = path.removeprefix(f"/projects/{self.state.slug.replace('/', '%2F')}")
        if tail == path:
            raise Refused(404, "404 Project Not Found")
        match method, tail.split("/")[1:]:
            case "GET", []:
                return {"default_branch": "main"}
            case "GET", ["merge_requests"]:
                states = {"opened": "open", "all": "all"}
                branch, base = query.get("source_branch", ""), query.get("target_branch", "")
                return [self.shown(p) for p in self.state.chosen(states[query["state"]], branch, base)]
            case "POST", ["merge_requests"]:
                labels = [each for each in content["labels"].split(",") if each]
                branch, base = content["source_branch"], content["target_branch"]
                texts = (content["title"], content["description"])
                return self.shown(self.state.opened(branch, base, *texts, labels))
            case "PUT", ["merge_requests", number]:
                kept = self.state.proposal(number)
                state = {"close": "closed"}.get(content.get("state_event", ""))
                self.state.change(kept, content.get("title"), content.get("description"), state)
                added = [each for each in content.get("add_labels", "").split(",") if each]
                kept.labels = sorted({*kept.labels, *added})
                return self.shown(kept)
            case "POST", ["merge_requests", number, "notes"]:
                self.state.proposal(number).comments.append(content["body"])
                return {"id": 1}
        raise Refused(404, "404 Not Found")

    def shown(self, kept: Kept) -> dict[str, Any]:
        """A merge request as the API shows it."""
        return {
            "iid": kept.number,
            "id": kept.number + 1000,
            "state": {"open": "opened"}.get(kept.state, kept.state),
            "title": kept.title,
            "description": kept.body,
            "web_url": f"{self.state.url}/{self.state.slug}/-/merge_requests/{kept.number}",
            "source_branch": kept.branch,
            "target_branch": kept.base,
            "source_project_id": 8 if kept.fork else 7,
            "target_project_id": 7,
        }


ROUTES = {"github": GitHub, "gitlab": GitLab, "forgejo": Forgejo}
