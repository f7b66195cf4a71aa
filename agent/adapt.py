"""The shop's tools as LangChain sees them: the schema for the brain, the registry behind it."""

from __future__ import annotations

import json
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, StructuredTool

from agent.acting import Acting
from tools.registry import Registry
from tools.results import Ok, Result
from tools.spec import ToolSpec


def adapt(registry: Registry) -> list[BaseTool]:
    """Every tool with the schema of its own arguments; the shop and the scope come from the turn."""
    return [_adapted(spec, registry) for spec in registry]


def _adapted(spec: ToolSpec, registry: Registry) -> BaseTool:
    # The schema is given as JSON, because a model class would also check what LangChain injects and refuse it; the
    # registry checks the arguments itself.
    async def run(runtime: ToolRuntime[Acting], **arguments: Any) -> tuple[str, Result]:
        result = await registry.call(spec.name, arguments, runtime.context.tools)
        return told(result), result

    return StructuredTool(
        name=spec.name,
        description=spec.summary,
        args_schema=spec.arguments.model_json_schema(),
        coroutine=run,
        response_format="content_and_artifact",
    )


def told(result: Result) -> str:
    """A result as a brain reads it: JSON, in which what people wrote stands under `text`."""
    if isinstance(result, Ok):
        return json.dumps(result.data, ensure_ascii=False)
    return json.dumps({"error": result.code, "message": result.message}, ensure_ascii=False)
