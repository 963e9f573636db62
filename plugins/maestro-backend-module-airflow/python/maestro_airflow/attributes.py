"""Sets the attributes of operators at a lower price.

While a DAG file is read, Airflow sets some 70 attributes of each operator, and
looks for each of them through all base classes for a converter that hardly any
has: it makes the name of the converter anew each time, and Python remembers only of
names that it has seen before whether a class has them. With some hundred operators
in a file that was a quarter of what a task costs. What is looked for, and when, is
the same here.
"""

from __future__ import annotations

import hashlib
import inspect
import sys

#: The only ones that are replaced: SHA-256 of the source of
#: `BaseOperator.__setattr__` and of `ParamsDict.__deepcopy__`.
KNOWN = frozenset(
    {
        "4e41349eeab662752d53dba5d400824dcaf793fc44cf07d31bfab8853e5ff5f8",
        "e1dec32c75b6343323d6882d334a03c633a4b99e70e59111f9e6dfa016921c94",
    }
)


def install() -> bool:
    """Once, in the process that imports Airflow. False: this Airflow sets them in a
    way that is not known here, and goes on doing so."""
    from airflow.sdk.bases.operator import BaseOperator
    from airflow.sdk.definitions.param import ParamsDict

    replaced = (BaseOperator.__setattr__, ParamsDict.__deepcopy__)
    if any(source_hash(function) not in KNOWN for function in replaced):
        return False
    BaseOperator.__setattr__ = _setattr_of(BaseOperator)  # type: ignore[method-assign]
    ParamsDict.__deepcopy__ = _deepcopy_of(ParamsDict)  # type: ignore[method-assign]
    return True


def source_hash(function) -> str:
    """Empty where there is no source."""
    try:
        return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()
    except (OSError, TypeError):
        return ""


class _Converters(dict):
    """Their names, by attribute."""

    def __missing__(self, key: str) -> str:
        name = self[key] = sys.intern(f"_convert_{key}")
        return name


class _Setters(dict):
    """What comes after BaseOperator in a class, by class."""

    def __init__(self, base: type) -> None:
        super().__init__()
        self._base = base

    def __missing__(self, cls: type):
        setter = self[cls] = super(self._base, cls).__setattr__
        return setter


def _setattr_of(base: type):
    converters = _Converters()
    setters = _Setters(base)

    def __setattr__(self, key, value):
        if converter := getattr(self, converters[key], None):
            value = converter(value)
        setters[type(self)](self, key, value)
        # While it runs, and when it is made from a mapped one, nothing depends on it.
        if self._BaseOperator__from_mapped or self._lock_for_execution:
            return
        given = self._BaseOperator__init_kwargs
        if key in given:
            given[key] = value
        if self._BaseOperator__instantiated and key in self.template_fields:
            self._set_xcomargs_dependency(key, value)

    return __setattr__


def _deepcopy_of(params: type):
    """Each operator copies the parameters of its DAG, which most have none of."""
    copy = params.__deepcopy__  # type: ignore[attr-defined]

    def __deepcopy__(self, memo):
        return copy(self, memo) if self else params(None, self.suppress_exception)

    return __deepcopy__
