"""Practice on the page: it asks for the next edge, the local derivative, the product, the sum."""

import pytest

from autograd import Value, walk


def example():
    """The gradient of a is a sum of two: loss = a * b + a."""
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    product = a * b
    product.label = "product"
    loss = product + a
    loss.label = "loss"
    return loss


@pytest.fixture
def practising(opened, tmp_path):
    def begin(loss, hash=""):
        page = opened(walk(loss).page(tmp_path / "page.html"), hash)
        page.check("[data-part=practice]")
        return page

    return begin


def asked(page):
    return page.text_content("[data-part=ask]")


def verdict(page):
    return page.text_content("[data-part=verdict]")


def answer(page, text):
    page.fill("[data-part=answer]", text)
    page.press("[data-part=answer]", "Enter")


def choose(page, text):
    page.click(f"[data-part=choices] button:text-is('{text}')")


def focused(page):
    return page.evaluate("document.activeElement.tagName")


def test_a_step_asks_for_the_edge_the_local_derivative_and_the_product(practising):
    page = practising(example())
    assert "comes next" in asked(page) and page.locator(".edge.lit").count() == 0
    choose(page, "loss → product")
    assert "Right" in verdict(page) and "local derivative of loss" in asked(page)
    assert page.text_content("[data-part=equation]").endswith("= ?")
    answer(page, "1")
    assert "add to the gradient of product" in asked(page)
    answer(page, "1")
    assert page.get_attribute(".stepgrad-walk", "data-place") == "1"
    assert page.text_content("[data-part=score]") == "3 of 3 right at the first try"


def test_where_paths_meet_the_sum_is_asked_for(practising):
    page = practising(example(), "#2")
    assert "comes next" in asked(page)
    choose(page, "product → a")
    answer(page, "-3")
    answer(page, "-3")
    assert "gradient of a now" in asked(page)
    assert "1 + (-3) = ?" in page.text_content("[data-part=equation]")
    for text, hint in [
        ("-3", "only what this step adds"),
        ("1", "what was there before"),
        ("4", "added, not subtracted"),
        ("2", "sign is not"),
        ("9", "Not yet"),
    ]:
        answer(page, text)
        assert hint in verdict(page)
    answer(page, "1 + -3")
    assert "Right: -2." in verdict(page)


def test_the_next_edge_is_explained_and_may_be_clicked(practising):
    page = practising(example())
    choose(page, "product → a")
    assert "product still waits for gradient along 1" in verdict(page)
    choose(page, "loss → a")
    assert "left to right" in verdict(page)
    page.locator(".edge:has(title), .edge[data-steps='0'] .hit").first.click(force=True)
    assert "Right: loss → product" in verdict(page)


def test_wrong_products_and_derivatives_get_the_hint_that_fits(practising):
    page = practising(example(), "#2")
    choose(page, "product → a")
    for text, hint in [("3", "sign is not"), ("-6", "value of product"), ("2", "value of a"),
                       ("-1/3", "upside down"), ("17", "Not yet"), ("", "Write a number"),
                       ("alert(1)", "Write a number"), ("1e", "Write a number")]:  # fmt: skip
        answer(page, text)
        assert hint in verdict(page)
    answer(page, "-3")
    for text, hint in [("3", "sign is not"), ("-2", "gradient afterwards"), ("1", "upstream")]:
        answer(page, text)
        assert hint in verdict(page)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1/2", 0.5), ("-3*0.2", -0.6), ("1e-3", 0.001), ("0,5", 0.5), ("−2", -2.0), ("2·3", 6.0),
        ("1 - 0.5^2", 0.75), ("-2**2", -4.0), ("2**-1", 0.5), ("(1+2)*3", 9.0), ("--1", 1.0),
        ("inf", "inf"), ("-inf", "-inf"), (".5", 0.5), ("2/3/2", 1 / 3), ("1-2-3", -4.0),
        ("", None), ("1+", None), ("(1", None), ("1 2", None), ("alert(1)", None), ("x", None),
        ("1" + "+1" * 100, None), ("(" * 500, None), ("constructor", None), ("0x10", None),
    ],
)  # fmt: skip
def test_numbers_are_taken_as_people_write_them(browser, text, number):
    from autograd.walking.page import _web

    page = browser.new_page()
    script = f"(text) => {{ {_web('arithmetic.js')}; return numberIn(text); }}"
    got = page.evaluate(script, text)
    page.close()
    assert got == (pytest.approx(number) if isinstance(number, float) else got and float(number))
    assert (got is None) == (number is None)


def test_three_digits_of_the_shown_ones_are_enough_and_two_are_not(practising):
    w = Value(0.7, "w")
    page = practising(w.tanh())
    answer(page, "0.63")  # it is 0.6347
    assert "Not yet" in verdict(page)
    answer(page, "0.635")
    assert "Right: 0.6347" in verdict(page)


def test_it_ends_with_a_summary_and_may_begin_again(practising):
    page = practising(example(), "#3")  # one step is left: nothing to choose
    answer(page, "7")
    answer(page, "2")
    assert page.text_content("[data-part=score]") == "0 of 1 right at the first try"
    page.click("[data-do=reveal]")
    assert "The end: 0 of 2" in page.text_content("[data-part=summary-text]")
    assert "It is 2." in verdict(page) and focused(page) == "BUTTON"
    assert "local derivatives: 0 of 1" in page.text_content("[data-part=scores]")
    page.click("[data-part=again]")
    assert page.get_attribute(".stepgrad-walk", "data-place") == "0"
    assert page.text_content("[data-part=score]") == ""


def test_the_keyboard_alone_is_enough(practising):
    page = practising(example())
    page.keyboard.press("ArrowRight")  # the focus is on the checkbox
    assert page.get_attribute(".stepgrad-walk", "data-place") == "1"
    page.keyboard.press("ArrowLeft")
    page.focus("[data-part=choices] button:text-is('loss → product')")
    page.keyboard.press("Enter")
    for _ in range(2):
        assert focused(page) == "INPUT"
        page.keyboard.type("1")
        page.keyboard.press("Enter")
    assert focused(page) == "BUTTON"
    page.keyboard.press("ArrowRight")
    assert page.get_attribute(".stepgrad-walk", "data-place") == "2"


def test_nothing_on_the_page_tells_the_answer(practising):
    w, x = Value(0.625, "w"), Value(3.125, "x")
    output = (w * x).tanh() * 0.375
    output.label = "output"
    page = practising(output)
    slope = f"{1 - (output.data / 0.375) ** 2:.4g}"
    text = page.inner_text("main") + " ".join(page.locator(".local").all_text_contents())
    assert "0.375 =" not in text and slope not in text and not page.is_visible("[data-part=all]")
