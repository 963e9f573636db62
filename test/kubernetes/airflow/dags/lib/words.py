def greeting(whom):
    return f"hello from a {whom}"
