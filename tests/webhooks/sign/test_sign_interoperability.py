"""What we sign is believed by the published libraries and by our examples, in Python, JavaScript and PHP; nothing else is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.npm import node
from tests.webhooks.sign.receivers import EXAMPLES, Judge, pypi_standardwebhooks, pypi_svix
from tests.webhooks.sign.tamperings import BODY, OTHER, SECRET, SEED, odd, sent, tampered, v1, v1a
from webhooks.sign import PUBLIC, new_seed, public_of, shown

PUBLIC_KEY = shown(PUBLIC, public_of(SEED))
STRANGER = shown(PUBLIC, public_of(new_seed()))


@pytest.mark.parametrize("age", [0, 280, -280])
def test_a_genuine_message_is_believed(judge: Judge, age: int) -> None:
    one = sent(age=age)
    assert judge(one.headers, one.body, [SECRET])


@pytest.mark.parametrize("name", tampered())
def test_a_tampered_message_is_believed_by_nobody(judge: Judge, name: str) -> None:
    one = tampered()[name]
    assert not judge(one.headers, one.body, [SECRET])


@pytest.mark.parametrize("keys", [[SECRET], [OTHER], [OTHER, SECRET]], ids=["the old", "the new", "both"])
def test_while_two_secrets_overlap_a_receiver_may_hold_either(judge: Judge, keys: Sequence[str]) -> None:
    one = sent()
    both = replace(one, signature=f"{v1(OTHER, one.id, one.timestamp)} {one.signature}")
    turned = replace(one, signature=f"{one.signature} {v1(OTHER, one.id, one.timestamp)}")
    assert judge(both.headers, both.body, keys)
    assert judge(turned.headers, turned.body, keys)  # the order of the signatures means nothing


def test_a_receiver_that_knows_v1_alone_passes_over_v1a(judge: Judge) -> None:
    one = sent()
    both = replace(one, signature=f"{v1a(one.id, one.timestamp)} {one.signature} {v1a(one.id + '0', one.timestamp)}")
    assert judge(both.headers, both.body, [SECRET])


@pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_message_without_one_of_its_headers_is_believed_by_nobody(judge: Judge, part: str) -> None:
    one = sent()
    assert not judge([pair for pair in one.headers if pair[0] != part], one.body, [SECRET])


def test_headers_may_be_written_in_capitals(judge_of_both: Judge) -> None:
    one = sent()
    assert judge_of_both([(name.title(), value) for name, value in one.headers], one.body, [SECRET])


@pytest.mark.parametrize("name", odd())
def test_what_no_honest_sender_writes_is_refused_by_us_and_by_our_examples(judge_of_both: Judge, name: str) -> None:
    assert not judge_of_both(odd()[name], BODY, [SECRET])


@pytest.mark.parametrize("keys", [[PUBLIC_KEY], [STRANGER, PUBLIC_KEY], [SECRET, PUBLIC_KEY]], ids=["one", "two", "mixed"])
def test_ed25519_is_believed_with_the_public_key(judge_of_both: Judge, keys: Sequence[str]) -> None:
    one = sent(by=OTHER)
    signed = replace(one, signature=f"{one.signature} {v1a(one.id, one.timestamp)}")
    assert judge_of_both(signed.headers, signed.body, keys)


def test_ed25519_is_refused_when_anything_changed(judge_of_both: Judge) -> None:
    one = sent()
    signed = replace(one, signature=v1a(one.id, one.timestamp))
    wrong = [
        replace(signed, body=BODY + b" "),
        replace(signed, id=one.id[:-1] + "0"),
        replace(signed, timestamp=str(int(one.timestamp) + 1)),
        replace(signed, signature=signed.signature.replace("v1a,", "v1,")),
        replace(signed, signature="v1a," + one.signature.removeprefix("v1,")),
        replace(signed, signature="v1a," + "A" * 86 + "=="),
        replace(signed, signature=signed.signature.rstrip("=")),
    ]
    assert not [each for each in wrong if judge_of_both(each.headers, each.body, [PUBLIC_KEY])]
    assert not judge_of_both(signed.headers, signed.body, [STRANGER])
    assert not judge_of_both(signed.headers, signed.body, [SECRET])


@pytest.mark.parametrize("library", [pypi_standardwebhooks, pypi_svix])
def test_a_secret_is_the_same_bytes_in_the_libraries_at_every_length(library: Judge) -> None:
    for length in range(24, 65):
        secret = shown("whsec_", bytes(range(length)))
        one = sent(by=secret)
        assert library(one.headers, one.body, [secret]), length


def test_an_example_is_taken_into_a_program_without_starting_its_server() -> None:
    one = sent(by=OTHER)
    keys = [SECRET, OTHER]
    told = json.dumps({"headers": dict(one.headers), "body": BODY.decode(), "keys": keys})
    javascript = f"""
        const {{ verify }} = await import({json.dumps((EXAMPLES / "verify.mjs").as_uri())});
        const {{ headers, body, keys }} = {told};
        verify((name) => headers[name], Buffer.from(body), keys);
        try {{ verify((name) => headers[name], Buffer.from(body + " "), keys); }} catch (error) {{ console.log(error.message); }}
    """
    php = f"""
        require {str(EXAMPLES / "verify.php")!r};
        $told = json_decode(file_get_contents('php://stdin'), true);
        $header = fn ($name) => $told['headers'][$name] ?? null;
        verify($header, $told['body'], $told['keys']);
        try {{ verify($header, $told['body'] . ' ', $told['keys']); }}
        catch (InvalidArgumentException $error) {{ echo $error->getMessage(); }}
    """
    for command in ([str(node()), "--input-type=module", "-e", javascript], ["php", "-r", php]):
        done = subprocess.run(command, input=told, capture_output=True, text=True, timeout=30)
        assert (done.returncode, done.stderr) == (0, ""), done
        assert done.stdout.startswith("no signature fits")
