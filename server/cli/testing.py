"""`vitrine test`: conversations as tests, against a server of their own or a given one."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import httpx
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from server.cli.app import BAD_USE, FAILED, CommandFailed, err, out, settings_of

if TYPE_CHECKING:
    from server.settings import Settings
    from server.testing.format import Located
    from server.testing.reading import Known
    from server.testing.running import Servers
    from server.testing.telling import Outcome

FIRST = Path("first.chat.yaml")
ANSWER_SECONDS = 10.0


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("test")(run_scripts)


def run_scripts(
    context: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, or one case as `FILE::TEST CASE`.", show_default=False)
    ] = None,
    url: Annotated[
        str, typer.Option(help="A server to test; without it one is started with the demo shop.", show_default=False)
    ] = "",
    console_token: Annotated[
        str, typer.Option(help="Its console's token, to look at tools and cards.", show_default="the setting's")
    ] = "",
    brain: Annotated[
        str | None, typer.Option(help="Who decides what to do and say.", show_default="the setting's")
    ] = None,
    words: Annotated[
        str, typer.Option("-k", help="Only cases whose file or name has these words.", show_default=False)
    ] = "",
    jobs: Annotated[int, typer.Option(min=1, max=16, help="Conversations at a time.")] = 1,
    seed: Annotated[
        int | None,
        typer.Option(help="Speak in a random order; it and all else that is random are drawn from this number."),
    ] = None,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="Speak all of it so many times.")] = 1,
    identical: Annotated[
        bool, typer.Option("--identical", help="Also compare the stored events of each time with the first, by byte.")
    ] = False,
    write_snapshots: Annotated[
        bool, typer.Option("--write-snapshots", help="Write the snapshots that cases compare the shop with.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write a report to look at, one file with all in it.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    init: Annotated[bool, typer.Option("--init", help="Write a first file, and the format for your editor.")] = False,
    generate: Annotated[
        Literal["tau"] | None,
        typer.Option(
            help="Write a file of simulated customers: `--generate tau FOLDER [FILE]`, of tau-bench's retail tasks.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Speak conversations (`*.chat.yaml`) over the real socket and compare what the customer gets.

    Exit code 0: all as expected; 1: some otherwise, or a server does not start; 2: a file has a slip, or bad use.
    """
    if init:
        _init(Path(paths[0]) if paths else FIRST)
        return
    if not paths:
        err.print("error: expected files or folders; `vitrine test --init` writes a first file", markup=False)
        raise typer.Exit(BAD_USE)
    if generate is not None:
        _generate(Path(paths[0]), Path(paths[1]) if len(paths) > 1 else Path(f"{generate}.chat.yaml"))
        return
    if url and (identical or write_snapshots or brain):
        err.print("error: --identical, --write-snapshots and --brain are for servers that this command starts")
        raise typer.Exit(BAD_USE)
    if identical and repeat == 1:
        repeat = 2
    from server.testing.running import demo_known, elsewhere_known

    cases = _read(paths, elsewhere_known() if url else demo_known())
    if not (cases := [located for located in cases if words.lower() in located.name.lower()]):
        err.print(f"error: no case has {words!r} in its file or name", markup=False)
        raise typer.Exit(BAD_USE)
    settings = settings_of(context, brain=brain)
    plan = _Plan(cases, jobs, seed, repeat, identical, write_snapshots, url, console_token)
    outcomes = asyncio.run(_run(settings, plan))
    _tell(outcomes, plan.options(brain), as_json=as_json)
    if html is not None:
        _write_report(html, outcomes, plan.options(brain), url)
    if any(outcome.failure for outcome in outcomes):
        raise typer.Exit(FAILED)


def _read(names: Sequence[str], known: Known) -> list[Located]:
    """The cases that are named, with a warning of what cannot fail in them. Ends the command with every fault of every
    file."""
    from server.testing.doubts import doubts
    from server.testing.reading import BadScript, read_script, scripts_in

    cases: list[Located] = []
    faults: list[str] = []
    for name in names:
        file, _, wanted = name.partition("::")
        try:
            paths = scripts_in([Path(file)])
        except BadScript as error:
            faults.append(str(error))
            continue
        found: list[Located] = []
        for path in paths:
            try:
                found += read_script(path, known)
            except BadScript as error:
                faults.append(str(error))
        chosen = [located for located in found if not wanted or located.case.test_case == wanted]
        if found and not chosen:
            there_are = ", ".join(repr(located.case.test_case) for located in found)
            faults.append(f"{file}: there is no test case {wanted!r}; there are {there_are}")
        cases += chosen
    if faults:
        err.print("\n".join(faults), markup=False)
        raise typer.Exit(BAD_USE)
    for located in cases:
        for doubt in doubts(located):
            err.print(f"warning: {doubt}", markup=False)
    return cases


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is spoken, where and how."""

    cases: Sequence[Located]
    jobs: int
    seed: int | None
    repeat: int
    identical: bool
    write_snapshots: bool
    url: str
    console_token: str

    def order(self, time: int) -> list[Located]:
        """The cases in a random order, another one each time; without a seed, or to compare, as in the files."""
        cases = list(self.cases)
        if self.seed is not None and not self.identical:
            random.Random(f"{self.seed} {time}").shuffle(cases)
        return cases

    def options(self, brain: str | None) -> str:
        """What else the command was told, to run one case in the same way again."""
        given = (("--url", self.url), ("--brain", brain), ("--seed", self.seed))
        told = "".join(f" {name} {value}" for name, value in given if value not in (None, ""))
        return told + (" --identical" if self.identical else "")


async def _run(settings: Settings, plan: _Plan) -> list[Outcome]:
    from server.testing.running import compared, run_cases

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        total = len(plan.cases) * plan.repeat
        bar = progress.add_task("conversations" if plan.url else "starting the shop …", total=total)

        def ended(outcome: Outcome) -> None:
            progress.update(bar, advance=1, description="conversations")
            if outcome.failure is not None:
                progress.print(f"otherwise: {outcome.located.name}", markup=False)

        outcomes: list[Outcome] = []
        clock = datetime.now(UTC).replace(microsecond=0) if plan.identical else None
        for time in range(plan.repeat):
            cases = plan.order(time)
            async with _servers(settings, plan, cases, clock) as servers:
                # Side by side, cases would draw their names in another order each time.
                spoken = await run_cases(servers, cases, 1 if plan.identical else plan.jobs, ended)
            outcomes += compared(outcomes[: len(cases)], spoken) if plan.identical and time else spoken
        return outcomes


@asynccontextmanager
async def _servers(
    settings: Settings, plan: _Plan, cases: Sequence[Located], clock: datetime | None
) -> AsyncIterator[Servers]:
    """The server that is named, or those that the cases want."""
    from server.testing.staging import Shop, Stages

    if plan.url:
        url = http_address(plan.url)
        await _must_answer(url)
        token, key = plan.console_token or settings.staff_token, settings.identity_key.get_secret_value()
        yield Shop(url, settings.site_key, token, identity_key=key)
        return
    async with Stages.opened(
        settings, cases, seed=str(plan.seed or 0), clock=clock, write_snapshots=plan.write_snapshots
    ) as stages:
        yield stages


async def _must_answer(url: str) -> None:
    try:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as http:
            (await http.get(f"{url}/health")).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CommandFailed(f"no Vitrine answers at {url}: {error}. `vitrine serve` starts one") from None


def http_address(url: str) -> str:
    """The address of a server, also where that of its socket was given, or no scheme."""
    url = url.rstrip("/")
    if "://" not in url:
        return f"http://{url}"
    return url.replace("ws", "http", 1) if url.startswith("ws") else url


def _tell(outcomes: Sequence[Outcome], options: str, *, as_json: bool) -> None:
    failed = [outcome for outcome in outcomes if outcome.failure is not None]
    if as_json:
        told = [
            {
                "file": str(outcome.located.path),
                "test_case": outcome.located.case.test_case,
                "line": outcome.located.line,
                "passed": outcome.failure is None,
                "seconds": round(outcome.seconds, 3),
                "failure": None if outcome.failure is None else asdict(outcome.failure),
                "transcript": outcome.transcript,
            }
            for outcome in outcomes
        ]
        out.print_json(json.dumps(told, ensure_ascii=False))
        return
    for outcome in failed:
        out.print(outcome.told(options) + "\n", markup=False)
    out.print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed", markup=False)


def _write_report(path: Path, outcomes: Sequence[Outcome], options: str, url: str) -> None:
    from server.testing.report import report
    from server.testing.showing import pictures_from

    pictures = pictures_from(http_address(url)) if url else None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report(outcomes, options=options, pictures=pictures), "utf-8")
    err.print(f"report: {path}", markup=False)


def _generate(folder: Path, path: Path) -> None:
    """Customers who want what the tasks of a folder of tau-bench do."""
    from server.testing.generating import tau_script
    from tools.errors import BadArguments

    _must_be_new(path)
    try:
        script = tau_script(folder / "tau_retail" if (folder / "tau_retail").is_dir() else folder)
    except BadArguments as error:
        raise CommandFailed(str(error)) from None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script, "utf-8")
    out.print(f"written: {path}\nspeak them: vitrine test {path} --jobs 2", markup=False)


def _must_be_new(path: Path) -> None:
    if not path.name.endswith(".chat.yaml"):
        raise CommandFailed(f"a script's name ends in .chat.yaml, not as {path.name!r} does")
    if path.exists():
        raise CommandFailed(f"{path} is there already; name another file")


def _init(path: Path) -> None:
    """A first script, with the format's schema beside it."""
    from server.testing.first import FIRST_SCRIPT, SCHEMA_NAME, schema_text

    _must_be_new(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FIRST_SCRIPT, "utf-8")
    path.with_name(SCHEMA_NAME).write_text(schema_text(), "utf-8")
    out.print(f"written: {path}, {path.with_name(SCHEMA_NAME)}\nrun it: vitrine test {path}", markup=False)
