"""Evidence signed by the sigstore client: how it is asked, and with the real one against a loopback instance."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.evidence_files import write_evidence
from pinkit.adapters.sigstore import sign
from pinkit.errors import Unavailable
from pinkit.model.rebuild import Attempt, Comparison, Level, Outcome, Verdict
from pinkit.model.rebuild_plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .scene import Scene

INSTANCE = Path(__file__).parents[2] / "scripts" / "stand_in" / "sigstore_instance.py"
WHO, ISSUER = "builder@example.org", "https://issuer.example"


def client(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client on PATH that does what the shell `body` says."""
    (folder / "bin").mkdir()
    script = folder / "bin" / "sigstore"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")


def test_the_client_is_asked_once_for_all_files_and_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIGSTORE_OUTPUT_DIRECTORY", "elsewhere")
    monkeypatch.setenv("SIGSTORE_IDENTITY_TOKEN", "token")
    body = 'echo "$@" > asked; env | grep ^SIGSTORE_ >> asked; cat >> asked\n'
    body += 'shift 4; for f in "$@"; do echo signed > "$f.sigstore.json"; done'
    client(tmp_path, body, monkeypatch)
    assert sign(("-a", "b")) == ("-a.sigstore.json", "b.sigstore.json")
    told = "sign --oauth-force-oob --overwrite -- -a b\nSIGSTORE_IDENTITY_TOKEN=token\n"
    assert (tmp_path / "asked").read_text() == told
    assert sign(()) == ()


@pytest.mark.parametrize(
    ("body", "timeout_s", "told"),
    [
        ("echo no identity >&2; exit 1", 9.0, "no identity"),
        ("exec sleep 60", 0.2, "timed out"),
        ("exit 0", 9.0, "no evidence.jsonl.sigstore.json"),
        ("", 9.0, "install"),
    ],
    ids=["no-identity", "too-slow", "nothing-written", "no-client"],
)
def test_evidence_that_cannot_be_signed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, timeout_s: float, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if body:
        client(tmp_path, body, monkeypatch)
    else:
        monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable) as found:
        sign(("evidence.jsonl",), timeout_s=timeout_s)
    assert told in f"{found.value.why} {found.value.hint}"


def test_an_earlier_signature_does_not_stay_under_other_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outcome(level: Level, verdict: Verdict) -> Outcome:
        made = Attempt(plan=Plan(because="x"), comparison=Comparison(level=level), rebuilt="sha256:aa")
        return Outcome(name="a", version="1", file="a.whl", digest="sha256:aa", verdict=verdict, best=made)

    first = outcome(Level.BYTES, Verdict.REPRODUCED)
    (path,) = write_evidence([first], str(tmp_path)).values()
    bundle = Path(f"{path}.sigstore.json")
    bundle.write_text("{}")
    write_evidence([first], str(tmp_path))
    assert bundle.exists()
    write_evidence([outcome(Level.MODULO_TIME, Verdict.REPRODUCED_MODULO_TIME)], str(tmp_path))
    assert not bundle.exists()


class RealClient:
    """The sigstore client that is installed, told to trust the loopback instance alone."""

    def __init__(self, tool: str, trust: Path) -> None:
        self.command = f"{tool} --trust-config {trust}"

    def verifies(self, path: str, who: str = WHO) -> bool:
        asked = ["verify", "identity", "--cert-identity", who, "--cert-oidc-issuer", ISSUER, path]
        return (
            subprocess.run([*self.command.split(), *asked], capture_output=True, check=False).returncode == 0
        )


@pytest.fixture
def real_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealClient]:
    """PINKIT_TEST_SIGSTORE names the client, else the one on PATH; its Python runs the instance."""
    tool = os.environ.get("PINKIT_TEST_SIGSTORE") or shutil.which("sigstore")
    if tool is None:
        pytest.skip("sigstore is not installed; PINKIT_TEST_SIGSTORE may name its client")
    trust = tmp_path / "trust.json"
    command = [str(Path(tool).parent / "python"), str(INSTANCE), str(trust)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as instance:
        assert instance.stdout is not None
        assert instance.stdout.readline() == "ready\n"
        found = RealClient(tool, trust)
        client(tmp_path, f'exec {found.command} "$@"', monkeypatch)
        yield found
        instance.communicate("")


def identity_token() -> str:
    """Claims as an OIDC provider writes them; the loopback authority believes them unsigned."""
    claims = {"aud": "sigstore", "sub": WHO, "iss": ISSUER, "iat": 1_600_000_000, "exp": 4_000_000_000}
    parts = (json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "eA"])


def test_sigstores_own_verifier_accepts_the_evidence_and_nothing_else(
    scene: Scene, real_client: RealClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGSTORE_IDENTITY_TOKEN", identity_token())
    assert scene.run("dist", "demo==1.0", "--evidence", "evidence", "--sign") == 0
    path = f"evidence/{scene.wheel.name}.intoto.jsonl"
    assert real_client.verifies(path)
    assert not real_client.verifies(path, "somebody@example.org")
    other = Path(path).read_bytes().replace(b'"REPRODUCED"', b'"DIFFERS"')
    Path(path).write_bytes(other)
    assert not real_client.verifies(path)


def test_the_real_client_without_an_identity_waits_for_nobody(
    scene: Scene, real_client: RealClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SIGSTORE_IDENTITY_TOKEN", raising=False)
    with pytest.raises(Unavailable, match="could not be signed") as found:
        scene.run("dist", "demo==1.0", "--evidence", "evidence", "--sign")
    assert "identity token" in found.value.hint
    assert [path.suffix for path in Path("evidence").iterdir()] == [".jsonl"]
