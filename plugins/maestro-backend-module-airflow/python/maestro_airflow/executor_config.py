"""What `executor_config=` of a task asks of its pod.

Who reads the answer decides which of it Maestro's pods can have; here it only
becomes JSON.
"""

from __future__ import annotations

#: Keys under which older files have what is pod_override now.
_OLD_KEYS = ("KubernetesExecutor", "kubernetes_executor")


def executor_config_of(task) -> dict | None:
    """
    `{"pod": …}`, JSON of what `pod_override` has; `{"unfit": why}` for what is
    none; None where there is nothing.
    """
    config = getattr(task, "executor_config", None)
    if not config:
        return None
    if not isinstance(config, dict):
        return {"unfit": f"it is a {type(config).__name__} and no dictionary"}
    for name in config:
        if name in _OLD_KEYS:
            return {"unfit": f'"{name}" in it is the old spelling: say it as pod_override'}
        if name != "pod_override":
            return {"unfit": f'it has "{name}", and only pod_override is known'}
    pod = config["pod_override"]
    if pod is None:
        return None
    try:
        from kubernetes.client import ApiClient, V1Pod
    except ImportError as error:
        return {"unfit": f"its environment has no Python package kubernetes: {error}"}
    if not isinstance(pod, V1Pod):
        return {"unfit": f"pod_override is a {type(pod).__name__} and no V1Pod of kubernetes"}
    try:
        return {"pod": ApiClient().sanitize_for_serialization(pod)}
    except Exception as error:
        # It may hold objects of any class.
        return {"unfit": f"pod_override cannot be told: {error}"}
