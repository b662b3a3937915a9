"""The next batches, prepared beside the training step."""

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor

from gadless.networks.patches import Batch

# Two batches wait at most: reading is faster than learning, or more would not help.
AHEAD = 2


def batches(
    draw: Callable[[int], Batch], first: int, last: int, ahead: int = AHEAD
) -> Generator[Batch]:
    """Yield the batches of steps `first` to `last` - 1, in order.

    A batch is a function of its step, so that preparing it early, in another thread, changes
    nothing. One thread draws: batches are opened, cut and varied by libraries that let others run.

    Parameters
    ----------
    draw : callable
        Step to batch.
    first, last : int
    ahead : int
        Batches prepared in advance; 0: each when it is asked for.
    """
    if ahead == 0:
        yield from map(draw, range(first, last))
        return
    with ThreadPoolExecutor(1, thread_name_prefix="patches") as pool:
        waiting: deque[Future[Batch]] = deque()
        try:
            for step in range(first, last):
                waiting.append(pool.submit(draw, step))
                if len(waiting) > ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
