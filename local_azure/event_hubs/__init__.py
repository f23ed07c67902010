"""An Azure Event Hubs namespace on this machine, spoken to over AMQP 1.0.

Microsoft's clients connect to it unchanged with
`Endpoint=sb://127.0.0.1:14310;SharedAccessKeyName=...;SharedAccessKey=...;UseDevelopmentEmulator=true;`.
Start it with `python -m local_azure.event_hubs --state DIR --hub NAME:PARTITIONS`.
"""
