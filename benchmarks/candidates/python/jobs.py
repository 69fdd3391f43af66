"""The functions of jobs/jobs.mjs, for Python's executors."""


def empty(n):
    return n


def double(n):
    return n * 2


def small(record):
    return {
        "id": record["id"] + 1,
        "name": record["name"],
        "score": record["score"] * 2,
        "active": not record["active"],
        "tags": record["tags"],
        "at": {"x": record["at"]["y"], "y": record["at"]["x"]},
    }


def burn(rounds):
    state = 1
    for _ in range(rounds):
        state = (state * 1_664_525 + 1_013_904_223) & 0xFFFFFFFF
    return state
