"""${{ values.description }}"""
{%- if values.starter == 'train' %}
from maestro_runtime import output, params


def train(max_depth: int) -> float:
    """Trains a tree on a data set that scikit-learn ships; gives its accuracy."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import train_test_split
    from sklearn.tree import DecisionTreeClassifier

    data = load_breast_cancer()
    train_x, test_x, train_y, test_y = train_test_split(
        data.data, data.target, random_state=0
    )
    model = DecisionTreeClassifier(max_depth=max_depth, random_state=0)
    return float(model.fit(train_x, train_y).score(test_x, test_y))


if __name__ == "__main__":
    accuracy = train(int(params().get("max_depth", 4)))
    print(f"accuracy {accuracy:.3f}")
    output("accuracy", accuracy)
{%- else %}
from maestro_runtime import output


def work(numbers: list[float]) -> float:
    """The mean: put your own work here."""
    return sum(numbers) / len(numbers)


if __name__ == "__main__":
    mean = work([1.0, 2.0, 3.0])
    print(f"mean {mean}")
    output("mean", mean)
{%- endif %}
