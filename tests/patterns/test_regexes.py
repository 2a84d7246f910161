import pytest

from spacy_rehearsal.patterns.regexes import check_regex

FOREVER = [
    "^(a+)+$",
    "(a*)*b",
    "(a|a)*b",
    "(a|aa)+$",
    r"(\w+\s?)+$",
    "([a-zA-Z]+)*$",
    "(.*)*x",
    "(x+x+)+y",
    r"((\d+)b?)+$",
    "(?:a+){20}b",
    "(?i)(A+)+$",
    "(?=(a+)+$)a",
    "(a{1,50}){1,50}b",
    "([^x]+)+y",
    "(a?){50}a{50}",
    "a?" * 25 + "a" * 25,
    r"\w*" * 10 + "!",
    "^(a|ab|b)*$",
    "(ab|a|b)+c",
    "(?:foo|bar|foobar)+!",
    "((ab)*)*c",
    "((ab)+)+$",
    "((ab){1,3})*c",
    "(a|ab|b){1,50}c",
    r"(\w|[^x])+!",
    r"(?s)(.|\n)*x",
    "(?i)(ab|AB)*c",
    "(?:x(?i:ab|AB))*c",
    r"(ab?|\w)+!",
    r"(\w\w|\d\d)+!",
    "(x(|)y)*z",
    "(y|(ab|cd|abcd))*z",
]
FINE = [
    r"(\w+\.)+com",
    r"(?:[A-Z]\.)+",
    r"\d{1,3}(\.\d{1,3}){3}",
    r"(\d+\.){3}\d+",
    r"^[Uu](\.?|nited)$",
    "(foo|bar|baz)+",
    r"^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$",
    r"^https?://\S+$",
    r"(\w+-)*\w+",
    r"^\d+(,\d{3})*(\.\d+)?$",
    ".*foo.*bar.*",
    r"\d{1,15}",
    r"^(Mr|Mrs|Miss|Dr)\.?$",
    r"^#[0-9a-fA-F]{6}$",
    "(foo|bar)+",
    r"\d{3}-(\d|x)",
    r"(Mr|Mrs)\.?",
    "(?i)inc|ltd",
    "^[A-Z][a-z]+(-[A-Z][a-z]+)*$",
    r"(.|\n)*x",
    r"(\w|\d)+!",  # becomes one class
    r"(\d{3}|\w-)*x",
    "([0-9a-f]{32})+",
    "([0-9a-f]{2}:){5}[0-9a-f]{2}",
    "(an|the|some|any)*",
    r"^([a-z]+\d)*$",
    r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$",
    "^M{0,4}(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})$",
    r"^(?:[A-Z]\.?)+$",
    "(ab|ac|ad)*e",
    "(a|ab|b)c",
    "(" + "|".join(f"word{i:03}" for i in range(900)) + ")+",
    r"^(\+\d{1,2}\s?)?1?\-?\.?\s?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}$",
]


@pytest.mark.parametrize("regex", FOREVER)
def test_refuses_what_can_take_forever(regex: str) -> None:
    with pytest.raises(ValueError, match="can take forever"):
        check_regex(regex)


@pytest.mark.parametrize("regex", FINE)
def test_lets_others_be(regex: str) -> None:
    check_regex(regex)


def test_leaves_what_is_not_valid_to_spacy() -> None:
    check_regex("(")
    check_regex("a{99999999999999999999}")


def test_refuses_long_and_deep_ones() -> None:
    with pytest.raises(ValueError, match=r"has 20,000 characters, at most 10,000"):
        check_regex("ab" * 10_000)
    with pytest.raises(ValueError, match="nested too deeply"):
        check_regex("(" * 4000 + "a" + ")" * 4000)


@pytest.mark.parametrize(
    "regex",
    [
        20 * "(" + 20 * "){100}" + "x+",
        95 * "(" + "a" + 95 * "b){1,100}",
        "(" + "|".join(chr(0x4E00 + i) + "x" for i in range(2500)) + ")+",
    ],
)
def test_refuses_what_is_too_large_to_look_at(regex: str) -> None:
    with pytest.raises(ValueError, match="repetitions of too many parts"):
        check_regex(regex)
