"""The cases of Qpid Proton, a client that knows AMQP and nothing of Event Hubs.

Each prints one line of JSON, {"case", "failure": null or why}.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import traceback
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote_plus

from proton import ConnectionException, Message, SSLDomain, symbol
from proton.reactor import Selector
from proton.utils import BlockingConnection, LinkDetached, SendException

HUB = os.environ["HUB"]
FIRST = f"{HUB}/ConsumerGroups/$Default/Partitions/0"
PATIENCE = 10  # seconds


def parts(variable: str) -> dict[str, str]:
    """A connection string's parts."""
    return dict(part.split("=", 1) for part in os.environ[variable].split(";") if part)


@contextmanager
def connected(variable: str = "CONNECTION", mechanism: str = "PLAIN", **more: object) -> Iterator[BlockingConnection]:
    """A connection that proved its policy by SASL PLAIN, or none where the mechanism is ANONYMOUS."""
    known = parts(variable)
    if mechanism == "PLAIN":
        more |= {"user": known["SharedAccessKeyName"], "password": known["SharedAccessKey"]}
    scheme = "amqps" if "ssl_domain" in more else "amqp"
    connection = BlockingConnection(
        f"{scheme}://{known['Endpoint'].removeprefix('sb://')}",
        timeout=PATIENCE,
        allowed_mechs=mechanism,
        allow_insecure_mechs=True,
        **more,
    )
    try:
        yield connection
    finally:
        connection.close()


def ask(connection: BlockingConnection, node: str, properties: dict[str, object], body: object = None) -> Message:
    """One request to a node, answered on a link whose target is the reply-to address."""
    reply_to = f"replies-{uuid.uuid4()}"
    receiver = connection.create_receiver(node, name=reply_to)
    sender = connection.create_sender(node)
    sender.send(Message(id=str(uuid.uuid4()), reply_to=reply_to, properties=properties, body=body))
    answer = receiver.receive(timeout=PATIENCE)
    sender.close()
    receiver.close()
    return answer


def token(variable: str = "CONNECTION") -> str:
    """A shared access signature for the hub."""
    known, expires = parts(variable), int(time.time()) + 60
    resource = quote_plus(f"sb://localhost/{HUB}")
    digest = hmac.digest(known["SharedAccessKey"].encode(), f"{resource}\n{expires}".encode(), hashlib.sha256)
    signature = quote_plus(base64.b64encode(digest))
    return f"SharedAccessSignature sr={resource}&sig={signature}&se={expires}&skn={known['SharedAccessKeyName']}"


def put_token(connection: BlockingConnection, text: str) -> int:
    """The status of the answer."""
    request = {"operation": "put-token", "type": "servicebus.windows.net:sastoken", "name": f"sb://localhost/{HUB}"}
    return int(ask(connection, "$cbs", request, text).properties["status-code"])


def refused(kind: type[Exception], words: str, work: object, *arguments: object, **more: object) -> None:
    try:
        work(*arguments, **more)  # type: ignore[operator]
    except kind as error:
        told = f"{error} {getattr(error, 'condition', '')}"
        assert words in told, told
    else:
        raise AssertionError("not refused")


def management() -> None:
    with connected() as connection:
        read = {"operation": "READ", "type": "com.microsoft:eventhub", "name": HUB}
        answer = ask(connection, "$management", read)
        assert answer.properties["status-code"] == 200
        assert answer.body["name"] == HUB
        assert list(answer.body["partition_ids"]) == ["0", "1"]
        partition = read | {"type": "com.microsoft:partition", "partition": "1"}
        assert ask(connection, "$management", partition).body["is_partition_empty"] is True


def send_and_receive() -> None:
    with connected() as connection:
        sender = connection.create_sender(f"{HUB}/Partitions/0")
        for body in (b"first", b"second"):
            sender.send(Message(body=body, properties={"kind": "x", "number": 7}, id="m-1"))
        receiver = connection.create_receiver(FIRST, credit=10)
        events = [receiver.receive(timeout=PATIENCE) for _ in range(2)]
        assert [bytes(event.body) for event in events] == [b"first", b"second"]
        assert [event.annotations["x-opt-sequence-number"] for event in events] == [0, 1]
        assert (events[0].properties, events[0].id) == ({"kind": "x", "number": 7}, "m-1")


def keys_keep_together() -> None:
    def last(connection: BlockingConnection, partition: str) -> int:
        read = {"operation": "READ", "type": "com.microsoft:partition", "name": HUB, "partition": partition}
        return int(ask(connection, "$management", read).body["last_enqueued_sequence_number"])

    with connected() as connection:
        before = [last(connection, partition) for partition in "01"]
        sender = connection.create_sender(HUB)
        for body in "abc":
            sender.send(Message(body=body, annotations={symbol("x-opt-partition-key"): "customer-1"}))
        grown = [last(connection, partition) - start for partition, start in zip("01", before, strict=True)]
        assert sorted(grown) == [0, 3], grown


def positions() -> None:
    with connected() as connection:
        selector = Selector("amqp.annotation.x-opt-sequence-number > '0'")
        receiver = connection.create_receiver(FIRST, credit=10, options=selector)
        event = receiver.receive(timeout=PATIENCE)  # held: its body lies in the message's own memory
        assert bytes(event.body) == b"second"


def too_large_is_refused() -> None:
    with connected() as connection:
        sender = connection.create_sender(HUB)
        refused(SendException, "", sender.send, Message(body=b"x" * 1_100_000))
        sender.send(Message(body=b"the link goes on"))


def put_token_opens_what_anonymous_may_not() -> None:
    with connected(mechanism="ANONYMOUS") as connection:
        refused(LinkDetached, "unauthorized-access", connection.create_sender, HUB)
    with connected(mechanism="ANONYMOUS") as connection:
        assert put_token(connection, token("WRONG_KEY")) == 401
        assert put_token(connection, token()) == 200
        connection.create_sender(HUB).send(Message(body=b"with a token"))


def wrong_key_is_unauthorized() -> None:
    def connect() -> None:
        with connected("WRONG_KEY"):
            pass

    refused(ConnectionException, "Authentication failed", connect)


def claims_are_kept() -> None:
    with connected("SEND_ONLY") as connection:
        connection.create_sender(HUB).send(Message(body=b"by the sender"))
        refused(LinkDetached, "'Listen' claim(s) are required", connection.create_receiver, FIRST)
    with connected("LISTEN_ONLY") as connection:
        assert connection.create_receiver(FIRST, credit=1).receive(timeout=PATIENCE)
        refused(LinkDetached, "'Send' claim(s) are required", connection.create_sender, HUB)


def group_that_was_not_created_is_not_found() -> None:
    with connected() as connection:
        address = f"{HUB}/ConsumerGroups/nobodys/Partitions/0"
        refused(LinkDetached, "amqp:not-found", connection.create_receiver, address)


def sixth_reader_is_over_the_quota() -> None:
    with connected() as connection:
        for number in range(5):
            connection.create_receiver(FIRST, name=f"reader-{number}")
        refused(LinkDetached, "which is 5", connection.create_receiver, FIRST, name="reader-5")


def tls() -> None:
    trusted = SSLDomain(SSLDomain.MODE_CLIENT)
    trusted.set_trusted_ca_db(os.environ["TLS_CERTIFICATE"])
    trusted.set_peer_authentication(SSLDomain.VERIFY_PEER_NAME, os.environ["TLS_CERTIFICATE"])
    with connected("TLS_CONNECTION", ssl_domain=trusted) as connection:
        connection.create_sender(f"{HUB}/Partitions/0").send(Message(body=b"over TLS"))
        receiver = connection.create_receiver(FIRST, credit=1)
        event = receiver.receive(timeout=PATIENCE)
        assert bytes(event.body) == b"over TLS"


CASES = [
    management,
    send_and_receive,
    keys_keep_together,
    positions,
    too_large_is_refused,
    put_token_opens_what_anonymous_may_not,
    wrong_key_is_unauthorized,
    claims_are_kept,
    group_that_was_not_created_is_not_found,
    sixth_reader_is_over_the_quota,
    tls,
]


def main() -> None:
    for case in CASES:
        failure = None
        if sys.argv[1:] and case.__name__ not in sys.argv[1:]:
            continue
        try:
            case()
        except Exception:
            failure = traceback.format_exc()
        print(json.dumps({"case": case.__name__, "failure": failure}), flush=True)


if __name__ == "__main__":
    main()
