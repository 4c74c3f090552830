"""Contexts open, close and decorate: generators, coroutines, threads, in any order."""

import asyncio
import contextvars
import random
import threading

import pytest

from autograd import Value, contexts, group, no_grad, track_source


def builds_graph():
    """Whether arithmetic builds a graph here: plain, and where the state is looked up."""
    x = Value(2.0)
    plain = not (x * x).is_constant
    with track_source():
        assert plain == (not (x * x).is_constant), "the state and the count disagree"
    return plain


@pytest.fixture(autouse=True)
def nothing_stays_open():
    yield
    assert contexts.contexts_open == 0 and builds_graph()


def held(context):
    with context:
        while True:
            yield builds_graph()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_blocks_of_two_generators_close_in_either_order(order):
    generators = [held(no_grad()), held(no_grad())]
    for generator in generators:
        next(generator)
    for i in order:
        assert not builds_graph()
        generators[i].close()
    assert builds_graph()


def test_any_interleaving_leaves_the_changes_of_the_open_blocks():
    numbers = random.Random(1)
    for _ in range(200):
        live = []
        for _ in range(12):
            if live and numbers.random() < 0.5:
                live.pop(numbers.randrange(len(live)))[1].close()
            else:
                name = numbers.choice(["", "a", "b"])
                generator = held(group(name) if name else no_grad())
                next(generator)
                live.append((name, generator))
            names = [name for name, _ in live]
            assert contexts.contexts_open == len(live)
            assert contexts.state().builds_graph == ("" not in names)
            notes = contexts.state().notes
            assert (notes.group if notes else ()) == tuple(n for n in names if n)
        for _, generator in live:
            generator.close()


def test_a_generator_closed_by_another_thread_ends_its_block():
    generator = held(no_grad())
    next(generator)
    thread = threading.Thread(target=generator.close)
    thread.start()
    thread.join()
    assert builds_graph()


def test_a_context_may_be_used_again_and_within_itself():
    once = no_grad()
    with once, once:
        assert not builds_graph()
    with once:
        assert not builds_graph()
    part = group("a")
    with part, part:
        assert (Value(1.0) * 2).group == ("a", "a")


def test_one_context_serves_many_threads_at_once():
    shared, wrong = group("part"), []

    def work():
        for _ in range(300):
            with shared:
                if (Value(1.0) * 2).group != ("part",):
                    wrong.append("inside")
            if (Value(1.0) * 2).group != ():
                wrong.append("outside")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_what_a_copy_of_the_context_inherits_ends_with_the_block():
    with no_grad():
        inherited = contextvars.copy_context()
        assert not inherited.run(builds_graph)
    assert inherited.run(builds_graph)


def test_a_decorated_function_keeps_its_name_and_may_recurse():
    @no_grad()
    def descend(n):
        """Down."""
        return descend(n - 1) if n else builds_graph()

    assert not descend(3) and (descend.__name__, descend.__doc__) == ("descend", "Down.")


def test_a_decorated_generator_is_without_graph_and_its_user_is_not():
    @no_grad()
    def generate():
        received = yield builds_graph()
        try:
            yield received, builds_graph()
        except KeyError:
            yield builds_graph()
        return builds_graph()

    generator = generate()
    assert next(generator) is False and builds_graph()
    assert generator.send("x") == ("x", False) and builds_graph()
    assert generator.throw(KeyError()) is False and builds_graph()
    with pytest.raises(StopIteration) as end:
        next(generator)
    assert end.value.value is False


def test_a_decorated_generator_that_is_closed_runs_its_cleanup_without_graph():
    seen = []

    @no_grad()
    def generate():
        try:
            yield
        finally:
            seen.append(builds_graph())

    generator = generate()
    next(generator)
    generator.close()
    assert seen == [False]


def test_a_decorated_coroutine_is_without_graph_and_other_tasks_are_not():
    @no_grad()
    async def hidden():
        before = builds_graph()
        await asyncio.sleep(0.01)
        return before, builds_graph()

    async def seen():
        await asyncio.sleep(0.005)
        return builds_graph()

    async def both():
        return await asyncio.gather(hidden(), seen())

    assert asyncio.run(both()) == [(False, False), True]


def test_a_decorated_asynchronous_generator_is_without_graph_and_its_user_is_not():
    closed = []

    @no_grad()
    async def generate():
        try:
            received = yield builds_graph()
            try:
                yield received, builds_graph()
            except KeyError:
                yield builds_graph()
        finally:
            closed.append(builds_graph())

    async def use():
        generator = generate()
        assert await generator.asend(None) is False and builds_graph()
        assert await generator.asend("x") == ("x", False) and builds_graph()
        assert await generator.athrow(KeyError()) is False and builds_graph()
        await generator.aclose()
        assert [item async for item in generate()] == [False, (None, False)]

    asyncio.run(use())
    assert closed == [False, False]


def test_only_functions_are_decorated():
    with pytest.raises(TypeError, match="a context decorates functions, got int"):
        no_grad()(3)
