"""The functions a dedicated pool has, by name; `bind_call` binds a call of one. A room for each family."""

from local_azure.synapse.functions import aggregates, catalogue, choices, dates, documents, numbers, text
from local_azure.synapse.functions.calls import AGGREGATES, bind_call, contains_aggregate, direction, variables_in

__all__ = [
    "AGGREGATES", "aggregates", "bind_call", "catalogue", "choices", "contains_aggregate", "dates", "direction",
    "documents", "numbers", "text", "variables_in",
]  # fmt: skip
