"""Makes the model a version in the registry and gives it the alias staging."""

import os

from maestro_flights import tracking
from maestro_runtime import output, run, variable


def main() -> None:
    version = tracking.register(
        tracking.client(),
        os.environ["MLFLOW_RUN"],
        {
            "accuracy_threshold": variable("model_accuracy_threshold"),
            "f1_threshold": variable("model_f1_threshold"),
            "maestro.run_id": run.run_id,
        },
    )
    print(f"{tracking.MODEL} version {version} is {tracking.ALIAS}")
    output("model", tracking.MODEL)
    output("version", version)


if __name__ == "__main__":
    main()
