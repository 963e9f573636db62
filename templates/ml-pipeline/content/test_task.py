import task

{% if values.starter == 'train' %}
def test_the_model_is_better_than_guessing():
    assert task.train(max_depth=4) > 0.8
{% else %}
def test_the_mean_of_numbers():
    assert task.work([1.0, 2.0, 6.0]) == 3.0
{% endif %}
