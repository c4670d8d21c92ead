"""Options that mean the same for several commands: which indexes are asked, and where advisories come from."""

from __future__ import annotations

from typing import Annotated

import typer

IndexUrl = Annotated[
    str, typer.Option("-i", "--index-url", "--default-index", metavar="URL", help="The default index.")
]
ExtraIndexUrls = Annotated[
    list[str] | None,
    typer.Option("--extra-index-url", metavar="URL", help="Asked before the default one."),
]
Refresh = Annotated[bool, typer.Option("--refresh", help="Ask the index again.")]
Db = Annotated[
    str, typer.Option("--db", metavar="PATH", help="A database, dump zip or directory of records.")
]
Live = Annotated[bool, typer.Option("--live", help="Ask the OSV service instead of the database.")]
OsvUrl = Annotated[str, typer.Option("--osv-url", metavar="URL", help="The service that --live asks.")]
MaxAge = Annotated[
    str, typer.Option("--max-age", metavar="24h", help="Sync first when the database is older.")
]
