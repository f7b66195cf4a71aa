"""`vitrine import`, `search` and `ask`: the shop's own data, looked up as the service looks it up."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from retrieval.documents import Kind
from server.cli.app import FAILED, CommandFailed, err, out, settings_of
from server.work import AskOnce, ImportFile, Outcome, SearchFor, Work, WorkFailed, open_worker

importing = typer.Typer(no_args_is_help=True, help="Import products or FAQ entries; run it again after each change.")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(importing, name="import")
    app.command()(search)
    app.command()(ask)


File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, resolve_path=True)]
Keep = Annotated[bool, typer.Option(help="Keep products or entries that are gone from the file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Photo = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, resolve_path=True, help="A photo file.")]


@importing.command("products")
def import_products(context: typer.Context, file: File, keep: Keep = False, as_json: AsJson = False) -> None:
    """Import products: CSV, JSON lines, a Shopify product CSV, or a Google Merchant feed (XML or TSV)."""
    _import(context, "product", file, keep, as_json)


@importing.command("faq")
def import_faq(context: typer.Context, file: File, keep: Keep = False, as_json: AsJson = False) -> None:
    """Import FAQ entries: CSV or JSON lines with id, question, answer, category, language, variants."""
    _import(context, "faq", file, keep, as_json)


@importing.command("rebuild")
def rebuild(context: typer.Context) -> None:
    """Make the search index anew from the shop's tables, as after a change of the text encoder."""
    from server.bootstrap import discard_index, open_knowledge

    settings = settings_of(context)
    discard_index(settings)
    with err.status("rebuilding the index …"):
        knowledge = open_knowledge(settings)
        documents = sum(knowledge.catalogue.counts().values())
        knowledge.close()
    out.print(f"{documents} documents indexed", markup=False)


def search(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What to look for.")] = "",
    photo: Photo = None,
    kind: Annotated[str, typer.Option(help="products or faq.")] = "products",
    where: Annotated[list[str] | None, typer.Option(help="A condition such as 'price<50'; may be repeated.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100)] = 6,
    explain: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, resolve_path=True, help="Write a PNG of which words and regions carried each hit."
        ),
    ] = None,
    queries: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help='JSON lines {"query":…, "photo":…}; answers in order.'),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Search as the service does: hits with the scores of each stage, the calibrated probability, and why."""
    common: dict[str, Any] = {"kind": _kind(kind), "where": tuple(where or ()), "limit": limit}
    if queries is not None:
        _search_many(context, queries, common)
        return
    if not text and photo is None:
        raise typer.BadParameter("expected TEXT, --photo or --queries")
    if explain is not None and explain.suffix.lower() != ".png":
        raise typer.BadParameter(f"expected --explain FILE.png, got {explain.name!r}")
    outcome = _do(context, SearchFor(text=text, photo=photo, explain=True, drawing=explain, **common), "searching …")
    if as_json:
        out.print_json(json.dumps(outcome, ensure_ascii=False))
    else:
        _print_findings(outcome)


def ask(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="What a customer would write.")] = "",
    photo: Photo = None,
    as_json: AsJson = False,
) -> None:
    """One message, one reply."""
    if not text and photo is None:
        raise typer.BadParameter("expected TEXT or --photo")
    outcome = _do(context, AskOnce(text=text, photo=photo), "thinking …")
    if as_json:
        out.print_json(json.dumps(outcome, ensure_ascii=False))
    else:
        out.print(outcome["reply"], markup=False)


def _import(context: typer.Context, kind: Kind, file: Path, keep: bool, as_json: bool) -> None:
    outcome = _do(context, ImportFile(kind=kind, path=file, keep=keep), f"importing {file.name} …")
    if as_json:
        out.print_json(json.dumps(outcome, ensure_ascii=False))
    else:
        for problem in outcome["problems"]:
            where = f"{problem['file']}:{problem['line']}, {problem['column']}"
            err.print(f"{where}: expected {problem['expected']}, got {problem['got']}", markup=False)
        counts = ", ".join(f"{outcome[word]} {word}" for word in ("added", "changed", "removed", "unchanged"))
        out.print(f"{counts}; {len(outcome['problems'])} problems", markup=False)
    if outcome["problems"] and not (outcome["added"] or outcome["changed"] or outcome["unchanged"]):
        raise typer.Exit(FAILED)


def _do(context: typer.Context, work: Work, doing: str) -> Outcome:
    async def once() -> Outcome:
        async with open_worker(settings_of(context)) as worker:
            return await worker(work)

    try:
        with err.status(doing):
            return asyncio.run(once())
    except WorkFailed as failed:
        raise CommandFailed(str(failed)) from None


def _search_many(context: typer.Context, queries: Path, common: dict[str, Any]) -> None:
    async def all_of_them() -> None:
        async with open_worker(settings_of(context)) as worker:
            for asked in _read_queries(queries, common):
                print(json.dumps(await worker(asked), ensure_ascii=False), flush=True)

    try:
        asyncio.run(all_of_them())
    except WorkFailed as failed:
        raise CommandFailed(str(failed)) from None


def _read_queries(path: Path, common: dict[str, Any]) -> Iterator[SearchFor]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                photo = row.get("photo")
                yield SearchFor(
                    text=row.get("query") or "", photo=(path.parent / photo).resolve() if photo else None, **common
                )
            except (ValueError, AttributeError) as error:
                raise CommandFailed(f'{path}:{number}: expected {{"query": …, "photo": …}}: {error}') from None


def _kind(given: str) -> Kind:
    kinds: dict[str, Kind] = {"products": "product", "product": "product", "faq": "faq"}
    if given not in kinds:
        raise typer.BadParameter(f"expected --kind products or faq, got {given!r}")
    return kinds[given]


def _print_findings(outcome: Outcome) -> None:
    verdict = "answered" if outcome["answered"] else "the service would abstain"
    out.print(f"{verdict} (probability {outcome['probability']:.2f})", markup=False)
    table = Table("id", "title", "score", "probability", "stages", "why", box=None)
    for hit in outcome["hits"]:
        stages = " ".join(f"{name} {value:.2f}" for name, value in hit["stages"].items())
        cells = (hit["id"], hit["title"], f"{hit['score']:.3f}", f"{hit['probability']:.2f}", stages, hit["why"])
        table.add_row(*cells)
    out.print(table, markup=False) if outcome["hits"] else out.print("no hits")
