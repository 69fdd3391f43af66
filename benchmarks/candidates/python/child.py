"""harness/child.mjs in Python: MEASURE CANDIDATE SHAPE, commands on stdin, marked JSON lines on stdout."""

import json
import sys
from time import perf_counter

MARK = "@@ "


def answer(message):
    print(MARK + json.dumps(message), flush=True)


def open_pool(candidate, workers):
    if candidate == "python-threads":
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(max_workers=workers)
    from concurrent.futures import ProcessPoolExecutor

    return ProcessPoolExecutor(max_workers=workers)


def cold_start(candidate, shape):
    start = perf_counter()
    pool = open_pool(candidate, shape["workers"])
    imported = perf_counter() - start
    import jobs

    if pool.submit(jobs.empty, 7).result() != 7:
        raise ValueError("Wrong answer for empty")
    return {"value": (perf_counter() - start) * 1e3, "imported": imported * 1e3}


def main():
    measure, candidate, shape_text = sys.argv[1:]
    shape = json.loads(shape_text)
    if measure == "p07-cold-start.mjs":
        answer({"ready": True})
        for command in sys.stdin:
            if command.strip() == "close":
                break
            answer(cold_start(candidate, shape))
        return

    from measures import ROUNDS

    if measure not in ROUNDS:
        answer({"unavailable": "concurrent.futures cannot stop work that runs" if "cancel" in measure else "not written for Python"})
        return
    pool = (
        [open_pool(candidate, 1), open_pool(candidate, 2)]
        if measure == "p11-scaling.mjs"
        else open_pool(candidate, shape["workers"])
    )
    answer({"ready": True})
    for command in sys.stdin:
        if command.strip() == "close":
            break
        try:
            answer(ROUNDS[measure](pool, shape, candidate))
        except Exception as error:  # the measure's result, whatever it was
            answer({"unavailable": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
