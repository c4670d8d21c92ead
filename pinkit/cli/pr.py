"""`pinkit pr`: the command and its options."""

from __future__ import annotations

from typing import Annotated

import typer

from pinkit.cli.typer_app import command_app

app = command_app()

HELP = """Publish a plan of `pinkit upgrade` as a pull request or merge request, as often as you like.

The same plan again does nothing. A changed plan updates its branch in place, but never over a commit that is not
pinkit's. Proposals that the plan overtakes are closed. No code of others runs here; this is the only command that
needs a token: from a variable, a file or a command, never from the command line.

Examples:

  pinkit pr --plan plan.json --forge github                       token in PINKIT_FORGE_TOKEN or GITHUB_TOKEN

  pinkit pr --plan plan.json --forge github --commit-through api  commits that GitHub signs

  pinkit pr --plan plan.json --forge gitlab --token-command "pass show forge"

  pinkit pr --plan plan.json --forge patch -o upgrade.patch       for `git am`, without any forge

Exit codes: 0 published, or nothing to do; 1 stopped by someone's commit, or as many are open as may be; 2 the plan
does not fit the base any more; 4 forge or git did not do it; 5 the plan was edited.
"""

Plan = Annotated[str, typer.Option("--plan", metavar="FILE", help="The plan that `pinkit upgrade` wrote.")]
ForgeName = Annotated[
    str, typer.Option("--forge", metavar="FORGE", help="github, gitlab, forgejo (also Gitea) or patch.")
]
Remote = Annotated[str, typer.Option("--remote", metavar="NAME", help="The git remote to push to.")]
Repo = Annotated[
    str, typer.Option("--repo", metavar="OWNER/NAME", help="The repository; the remote's by default.")
]
ApiUrl = Annotated[
    str, typer.Option("--api-url", metavar="URL", help="The forge's API; the remote's by default.")
]
TokenEnv = Annotated[
    str, typer.Option("--token-env", metavar="VARIABLE", help="The variable with the token.")
]
TokenFile = Annotated[str, typer.Option("--token-file", metavar="FILE", help="A file with the token.")]
TokenCommand = Annotated[
    str, typer.Option("--token-command", metavar="COMMAND", help="A command that prints it.")
]
Through = Annotated[
    str,
    typer.Option(
        "--commit-through", metavar="git|api", help="git: your identity and signing; api: GitHub signs."
    ),
]
Output = Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Where --forge patch writes.")]
PushOptions = Annotated[
    str,
    typer.Option(
        "--push-options",
        metavar="gitlab|agit",
        help="With --forge patch: push, and let the forge open the proposal by itself.",
    ),
]
Form = Annotated[str, typer.Option("--format", metavar="text|json")]


@app.command(help=HELP)
def pr(
    ctx: typer.Context,
    plan: Plan,
    forge: ForgeName,
    remote: Remote = "origin",
    repo: Repo = "",
    api_url: ApiUrl = "",
    token_env: TokenEnv = "",
    token_file: TokenFile = "",
    token_command: TokenCommand = "",
    through: Through = "git",
    output: Output = "",
    push_options: PushOptions = "",
    form: Form = "text",
) -> None:
    """Hand over to the run."""
    from pinkit.cli.pr_run import PrOptions, run_pr

    options = PrOptions(
        plan=plan,
        forge=forge,
        remote=remote,
        repo=repo,
        api_url=api_url,
        token_env=token_env,
        token_file=token_file,
        token_command=token_command,
        through=through,
        output=output,
        push_options=push_options,
        format=form,
    )
    raise typer.Exit(run_pr(options, ctx.obj))
