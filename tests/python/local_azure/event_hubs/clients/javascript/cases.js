// The cases of @azure/event-hubs: each prints one line of JSON, {"case", "failure": null or why}.
const assert = require("node:assert/strict");
const {
  EventHubBufferedProducerClient,
  EventHubConsumerClient,
  EventHubProducerClient,
  earliestEventPosition,
  latestEventPosition,
} = require("@azure/event-hubs");
const { BlobCheckpointStore } = require("@azure/eventhubs-checkpointstore-blob");
const { ContainerClient } = require("@azure/storage-blob");

const { CONNECTION, WRONG_KEY, SEND_ONLY, LISTEN_ONLY, TLS_CONNECTION, STORAGE, HUB } = process.env;
const once = { retryOptions: { maxRetries: 0, timeoutInMs: 10_000 } };
const producer = (connection = CONNECTION) => new EventHubProducerClient(connection, HUB, once);
const consumer = (group = "$Default", connection = CONNECTION) =>
  new EventHubConsumerClient(group, connection, HUB, once);

async function using(client, work) {
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const send = (events, options, connection) =>
  using(producer(connection), (client) => client.sendBatch(events.map((body) => ({ body })), options));

/** The events of a partition until `count` came; rejects with the client's own error. */
function receive(client, partition, count, startPosition, options = {}) {
  const events = [];
  let subscription;
  return new Promise((resolve, reject) => {
    subscription = client.subscribe(
      partition,
      {
        processEvents: async (some) => {
          events.push(...some);
          if (events.length >= count) resolve(events);
        },
        processError: async (error) => reject(error),
      },
      { startPosition, maxWaitTimeInSeconds: 1, ...options },
    );
  }).finally(() => subscription.close());
}

const lastNumber = (partition) =>
  using(producer(), async (client) => (await client.getPartitionProperties(partition)).lastEnqueuedSequenceNumber);

const cases = {
  async management() {
    await using(producer(), async (client) => {
      const hub = await client.getEventHubProperties();
      assert.deepEqual([hub.name, hub.partitionIds], [HUB, ["0", "1"]]);
      assert.ok(Date.now() - hub.createdOn < 600_000);
      const partition = await client.getPartitionProperties("0");
      assert.deepEqual([partition.partitionId, partition.isEmpty], ["0", true]);
    });
  },

  async send_and_receive() {
    const body = { text: "grüße", list: [1, 2.5, null] };
    await using(producer(), async (client) => {
      const batch = await client.createBatch({ partitionId: "0" });
      assert.ok(batch.tryAdd({ body, properties: { kind: "first", number: 7 }, messageId: "m-1" }));
      assert.ok(batch.tryAdd({ body: Buffer.from([0, 255]) }));
      await client.sendBatch(batch);
    });
    const [first, second] = await using(consumer(), (client) => receive(client, "0", 2, earliestEventPosition));
    assert.deepEqual([first.body, first.properties, first.messageId], [body, { kind: "first", number: 7 }, "m-1"]);
    assert.deepEqual([...second.body], [0, 255]);
    assert.deepEqual([first.sequenceNumber, second.sequenceNumber], [0, 1]);
    assert.ok(Date.now() - first.enqueuedTimeUtc < 60_000);
  },

  async keys_keep_together() {
    const before = await Promise.all(["0", "1"].map(lastNumber));
    await send(["a", "b"], { partitionKey: "customer-1" });
    await send(["c"], { partitionKey: "customer-1" });
    const after = await Promise.all(["0", "1"].map(lastNumber));
    const grown = after.map((number, place) => number - before[place]);
    assert.deepEqual(grown.sort(), [0, 3]);
  },

  async positions() {
    const last = await lastNumber("1");
    await send(["x", "y", "z"], { partitionId: "1" });
    await using(consumer("second"), async (client) => {
      const behind = await receive(client, "1", 2, { sequenceNumber: last + 1 });
      assert.deepEqual(behind.map((event) => event.body), ["y", "z"]);
      const at = await receive(client, "1", 3, { sequenceNumber: last + 1, isInclusive: true });
      assert.equal(at[0].body, "x");
      const resumed = await receive(client, "1", 1, { offset: at[1].offset });
      assert.equal(resumed[0].body, "z");
      const coming = receive(client, "1", 1, latestEventPosition, { trackLastEnqueuedEventProperties: true });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await send(["new"], { partitionId: "1" });
      assert.deepEqual((await coming).map((event) => event.body), ["new"]);
    });
  },

  async too_large_is_refused() {
    await using(producer(), async (client) => {
      const batch = await client.createBatch();
      assert.equal(batch.maxSizeInBytes, 1024 * 1024);
      await assert.rejects(client.sendBatch([{ body: "x".repeat(1_100_000) }]), { code: "MessageTooLargeError" });
    });
  },

  async wrong_key_is_unauthorized() {
    await assert.rejects(send(["x"], {}, WRONG_KEY), { code: "UnauthorizedError" });
  },

  async claims_are_kept() {
    await send(["by the sender"], { partitionId: "0" }, SEND_ONLY);
    await assert.rejects(send(["x"], {}, LISTEN_ONLY), /'Send' claim\(s\) are required/);
    const wanted = { code: "UnauthorizedError", message: /'Listen' claim\(s\) are required/ };
    await using(consumer("$Default", SEND_ONLY), (client) =>
      assert.rejects(receive(client, "0", 1, earliestEventPosition), wanted));
    const [first] = await using(consumer("$Default", LISTEN_ONLY), (client) =>
      receive(client, "0", 1, earliestEventPosition));
    assert.equal(first.sequenceNumber, 0);
  },

  async group_that_was_not_created_is_not_found() {
    await using(consumer("nobodys"), (client) =>
      assert.rejects(receive(client, "0", 1, earliestEventPosition), { code: "MessagingEntityNotFoundError" }));
  },

  async sixth_reader_is_over_the_quota() {
    const readers = [1, 2, 3, 4, 5].map(() => consumer());
    await Promise.all(readers.map((client) => receive(client, "0", 1, earliestEventPosition)));
    const open = readers.map((client) =>
      client.subscribe("0", { processEvents: async () => {}, processError: async () => {} }));
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await using(consumer(), (client) =>
      assert.rejects(receive(client, "0", 1, earliestEventPosition), { code: "QuotaExceededError" }));
    await Promise.all(open.map((subscription) => subscription.close()));
    await Promise.all(readers.map((client) => client.close()));
  },

  async higher_owner_level_takes_over() {
    const low = consumer();
    let lost;
    const disconnected = new Promise((resolve) => (lost = resolve));
    const ready = new Promise((resolve) =>
      low.subscribe(
        "0",
        { processEvents: async () => resolve(), processError: async (error) => lost(error) },
        { ownerLevel: 1, startPosition: earliestEventPosition },
      ));
    await ready;
    await using(consumer(), async (high) => {
      await receive(high, "0", 1, earliestEventPosition, { ownerLevel: 2 });
      assert.equal((await disconnected).code, "ReceiverDisconnectedError");
    });
    await low.close();
  },

  async idempotent_publishing() {
    await using(producer(), async (client) => {
      client._enableIdempotentRetries = true; // what the buffered producer sets on the client it wraps
      const options = { partitionId: "1" };
      const start = await client.getPartitionPublishingProperties("1");
      assert.equal(start.isIdempotentPublishingEnabled, true);
      assert.ok(start.producerGroupId > 0 && start.ownerLevel === 0);
      const before = await lastNumber("1");
      await client.sendBatch([{ body: "i-1" }, { body: "i-2" }], options);
      await client.sendBatch([{ body: "i-3" }], options);
      const now = await client.getPartitionPublishingProperties("1");
      assert.equal(now.lastPublishedSequenceNumber, start.lastPublishedSequenceNumber + 3);
      const sender = client._sendersMap.get("1");
      sender._localPublishingProperties.lastPublishedSequenceNumber -= 1; // as if the last acknowledgement was lost
      await client.sendBatch([{ body: "i-3" }], options);
      assert.equal((await lastNumber("1")) - before, 3);
      sender._localPublishingProperties.lastPublishedSequenceNumber += 5;
      await assert.rejects(client.sendBatch([{ body: "gap" }], options), { code: "SequenceOutOfOrderError" });
    });
  },

  async buffered_idempotent_producer() {
    const before = (await Promise.all(["0", "1"].map(lastNumber))).reduce((a, b) => a + b);
    const client = new EventHubBufferedProducerClient(CONNECTION, HUB, {
      enableIdempotentRetries: true,
      onSendEventsErrorHandler: async ({ error }) => {
        throw error;
      },
    });
    for (let number = 0; number < 100; number++) await client.enqueueEvent({ body: `b-${number}` });
    await client.close();
    const after = (await Promise.all(["0", "1"].map(lastNumber))).reduce((a, b) => a + b);
    assert.equal(after - before, 100);
  },

  async processor_checkpoints() {
    const container = new ContainerClient(STORAGE, "javascript");
    await container.createIfNotExists();
    const store = new BlobCheckpointStore(container);
    const total = (await Promise.all(["0", "1"].map(lastNumber))).reduce((sum, last) => sum + last + 1, 0);
    const first = await process_(store, total);
    assert.equal(first.length, total);
    await send(["after the checkpoint"], { partitionId: "0" });
    assert.deepEqual((await process_(store, 1)).map((event) => event.body), ["after the checkpoint"]);
  },

  async tls() {
    await send(["over TLS"], { partitionId: "0" }, TLS_CONNECTION);
    const [event] = await using(consumer("$Default", TLS_CONNECTION), (client) =>
      receive(client, "0", 1, earliestEventPosition));
    assert.equal(event.body, "over TLS");
  },
};

/** What a processor with a checkpoint store reads, each batch checkpointed. */
function process_(store, count) {
  const client = new EventHubConsumerClient("processors", CONNECTION, HUB, store, {
    loadBalancingOptions: { strategy: "greedy", updateIntervalInMs: 500 },
  });
  const events = [];
  let subscription;
  return new Promise((resolve, reject) => {
    subscription = client.subscribe(
      {
        processEvents: async (some, context) => {
          if (some.length === 0) return;
          await context.updateCheckpoint(some.at(-1));
          events.push(...some);
          if (events.length >= count) resolve(events);
        },
        processError: async (error) => reject(error),
      },
      { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1, maxBatchSize: 1000 },
    );
  }).finally(async () => {
    await subscription.close();
    await client.close();
  });
}

/** Ends a case that says nothing for too long. */
async function within(seconds, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end within ${seconds} s`)), seconds * 1000);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function main() {
  const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(cases);
  for (const name of names) {
    const failure = await within(45, cases[name]()).then(() => null, (error) => String(error.stack ?? error));
    console.log(JSON.stringify({ case: name, failure }));
  }
  process.exit(0);
}

main();
