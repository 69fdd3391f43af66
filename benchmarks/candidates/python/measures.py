"""The rounds of measures/*.mjs that have a meaning for concurrent.futures."""

import math
from collections import deque
from time import perf_counter

import jobs

PACE = {"python-threads": 1, "python-processes": 0.3}
PYTHON_IS_SLOWER = 20  # P11 burns in bytecode: fewer steps for about the same time


def check(what, expected, actual):
    if expected != actual:
        raise ValueError(f"Wrong answer for {what}: expected {expected}, got {actual}")


def keep_in_flight(submit, window, count):
    """Yields results in order, with at most `window` futures unanswered."""
    waiting = deque()
    for i in range(count):
        if len(waiting) == window:
            yield waiting.popleft().result()
        waiting.append(submit(i))
    for future in waiting:
        yield future.result()


def throughput(pool, shape, candidate):
    count = math.ceil(shape["count"] * PACE[candidate])
    start = perf_counter()
    total = sum(keep_in_flight(lambda i: pool.submit(jobs.empty, i), shape["inFlight"], count))
    seconds = perf_counter() - start
    check("empty", count * (count - 1) // 2, total)
    return {"value": count / seconds}


def latency(pool, shape, candidate):
    samples = []
    for i in range(shape["count"]):
        start = perf_counter()
        value = pool.submit(jobs.empty, i).result()
        samples.append((perf_counter() - start) * 1e6)
        check("empty", i, value)
    samples.sort()
    return {"value": samples[len(samples) // 2], "p99": samples[int(len(samples) * 0.99)]}


def objects(pool, shape, candidate):
    def send(i):
        record = {"id": i, "name": "Ada Lovelace", "score": 0.5, "active": True, "tags": ["a", "b", "c"]}
        record["at"] = {"x": 1, "y": i}
        return pool.submit(jobs.small, record)

    count = math.ceil(shape["count"] * PACE[candidate])
    start = perf_counter()
    total = sum(back["id"] for back in keep_in_flight(send, shape["inFlight"], count))
    seconds = perf_counter() - start
    check("small", count * (count - 1) // 2 + count, total)
    return {"value": count / seconds}


def map_numbers(pool, shape, candidate):
    threads = candidate == "python-threads"
    count = shape["peerItems"] if threads else shape["items"]
    options = {} if threads else {"chunksize": 10_000}
    start = perf_counter()
    total = sum(pool.map(jobs.double, range(count), **options))
    seconds = perf_counter() - start
    check("double", count * (count - 1), total)
    return {"value": count / seconds}


def scaling(pools, shape, candidate):
    def time(pool):
        start = perf_counter()
        steps = shape["burn"] // PYTHON_IS_SLOWER
        for future in [pool.submit(jobs.burn, steps) for _ in range(shape["jobs"])]:
            future.result()
        return (perf_counter() - start) * 1e3

    one, two = (time(pool) for pool in pools)
    return {"value": one / two, "one": one, "two": two}


ROUNDS = {
    "p01-throughput.mjs": throughput,
    "p02-latency.mjs": latency,
    "p03-objects.mjs": objects,
    "p04-map.mjs": map_numbers,
    "p09-processes.mjs": objects,
    "p11-scaling.mjs": scaling,
}
