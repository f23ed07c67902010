"""Consumer groups and who reads in them.

Sources: "Features and terminology in Azure Event Hubs" (consumer groups, at most five readers a
partition), "Event processor host" (epochs) and "Azure Event Hubs quotas and limits", learn.microsoft.com.
The wording is the service's own, as its users quote it (Azure/azure-sdk-for-java #38117, #26583;
Azure/amqpnetlite #162; Azure/azure-sdk-for-python #31084).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from local_azure.event_hubs.performatives import AmqpError

DEFAULT_GROUP = "$Default"
MAX_GROUPS = 20  # a hub in the Standard tier, $Default included
MAX_READERS = 5  # without an epoch, of one partition in one group

STOLEN = "amqp:link:stolen"


@dataclass(slots=True, eq=False)
class Reader:
    """A consumer's claim on a partition; `evict` ends it with an error. `name` is what it calls itself."""

    epoch: int | None
    evict: Callable[[AmqpError], None]
    name: str = "nil"


class ConsumerGroup:
    """The readers of one consumer group, by partition."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._readers: dict[str, list[Reader]] = {}

    def admit(self, partition: str, reader: Reader) -> None:
        """Let a reader in; one with an epoch evicts those with none, or one that is not higher.

        Raises AmqpError: amqp:link:stolen where a higher epoch holds the partition, or any and the reader
        has none; amqp:resource-limit-exceeded for the sixth reader without an epoch.
        """
        readers = self._readers.setdefault(partition, [])
        holder = next((other for other in readers if other.epoch is not None), None)
        if reader.epoch is None:
            self._check_room(readers, holder)
        else:
            self._take_over(readers, holder, reader, reader.epoch)
        readers.append(reader)

    @staticmethod
    def _check_room(readers: list[Reader], holder: Reader | None) -> None:
        if holder is not None:
            raise AmqpError(
                STOLEN,
                f"At least one receiver for the endpoint is created with epoch of '{holder.epoch}', and so non-epoch "
                "receiver is not allowed. Either reconnect with a higher epoch, or make sure all epoch receivers are "
                "closed or disconnected.",
            )
        if len(readers) >= MAX_READERS:
            raise AmqpError(
                "amqp:resource-limit-exceeded",
                "Exceeded the maximum number of allowed receivers per partition in a consumer group which is "
                f"{MAX_READERS}. List of connected receivers - {', '.join(other.name for other in readers)}.",
            )

    @staticmethod
    def _take_over(readers: list[Reader], holder: Reader | None, reader: Reader, epoch: int) -> None:
        if holder is not None and holder.epoch is not None and epoch < holder.epoch:
            raise AmqpError(
                STOLEN,
                f"Receiver '{holder.name}' with a higher epoch '{holder.epoch}' already exists. Receiver "
                f"'{reader.name}' with epoch {epoch} cannot be created. Make sure you are creating receiver with "
                "increasing epoch value to ensure connectivity, or ensure all old epoch receivers are closed or "
                "disconnected.",
            )
        for other in readers[:]:
            readers.remove(other)
            other.evict(
                AmqpError(
                    STOLEN,
                    f"New receiver '{reader.name}' with higher epoch of '{epoch}' is created hence current receiver "
                    f"'{other.name}' with epoch '{'nil' if other.epoch is None else other.epoch}' is getting "
                    "disconnected. If you are recreating the receiver, make sure a higher epoch is used.",
                )
            )

    def dismiss(self, partition: str, reader: Reader) -> None:
        readers = self._readers.get(partition, [])
        if reader in readers:
            readers.remove(reader)


class ConsumerGroups:
    """The consumer groups of a hub: `$Default`, and those that were created."""

    def __init__(self, hub: str, names: Iterable[str] = ()) -> None:
        self._hub = hub
        self._groups = {name.lower(): ConsumerGroup(name) for name in (DEFAULT_GROUP, *names)}

    def find(self, name: str, partition: str) -> ConsumerGroup:
        """The group of that name, upper or lower case; raises AmqpError (amqp:not-found)."""
        group = self._groups.get(name.lower())
        if group is None:
            raise AmqpError(
                "amqp:not-found",
                f"The messaging entity '{self._hub}/ConsumerGroups/{name}/Partitions/{partition}' could not be found: "
                f"the consumer group was not created (--consumer-group {self._hub}/{name}).",
            )
        return group
