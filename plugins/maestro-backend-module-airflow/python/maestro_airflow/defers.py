"""Whether a task may defer itself, told before it runs.

A scheduler of a build that knows no triggers would run such a task again from
the beginning. So a DAG with one says that it needs a newer one. Code decides
at run time; what can be read beforehand is whether it could.
"""

from __future__ import annotations

import inspect
import types

#: What code that defers itself names.
_NAMES = frozenset({"defer", "TaskDeferred", "start_from_trigger", "TaskAwaitingInput"})
#: Where the method itself is, and what uses it when a task says so.
_SDK = "airflow.sdk."


def may_defer(task) -> bool:
    """Where an operator has the argument `deferrable`, that says it; of one whose
    trigger is started before its process, nothing does."""
    if getattr(task, "start_from_trigger", False):
        return True
    kind = getattr(task, "operator_class", None) or type(task)
    if not isinstance(kind, type):
        return False
    told = _told(task, kind)
    if told is not None:
        return told
    return any(
        _names_it(code)
        for each in kind.__mro__
        if not each.__module__.startswith(_SDK)
        for code in _codes(each)
    ) or _names_it(getattr(getattr(task, "python_callable", None), "__code__", None))


def _told(task, kind) -> bool | None:
    """The argument as it is; of a mapped task as it was given or is by default."""
    given = getattr(task, "partial_kwargs", None)
    if given is None:
        value = getattr(task, "deferrable", None)
        return None if value is None else bool(value)
    if "deferrable" in given:
        return bool(given["deferrable"])
    for each in kind.__mro__:
        init = each.__dict__.get("__init__")
        parameter = init and inspect.signature(init).parameters.get("deferrable")
        if parameter:
            return bool(parameter.default)
    return None


def _codes(kind: type):
    for value in vars(kind).values():
        function = inspect.unwrap(getattr(value, "__func__", value))
        if isinstance(function, types.FunctionType):
            yield function.__code__


def _names_it(code) -> bool:
    if not isinstance(code, types.CodeType):
        return False
    return not _NAMES.isdisjoint(code.co_names) or any(
        _names_it(part) for part in code.co_consts if isinstance(part, types.CodeType)
    )
