// The cases of azure-messaging-eventhubs: each prints one line of JSON, {"case", "failure": null or why}.
import com.azure.core.amqp.AmqpRetryOptions;
import com.azure.core.amqp.exception.AmqpErrorCondition;
import com.azure.core.amqp.exception.AmqpException;
import com.azure.core.util.BinaryData;
import com.azure.messaging.eventhubs.EventData;
import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventHubConsumerClient;
import com.azure.messaging.eventhubs.EventHubProducerClient;
import com.azure.messaging.eventhubs.EventProcessorClientBuilder;
import com.azure.messaging.eventhubs.LoadBalancingStrategy;
import com.azure.messaging.eventhubs.checkpointstore.blob.BlobCheckpointStore;
import com.azure.messaging.eventhubs.models.EventPosition;
import com.azure.messaging.eventhubs.models.PartitionEvent;
import com.azure.messaging.eventhubs.models.ReceiveOptions;
import com.azure.messaging.eventhubs.models.SendOptions;
import com.azure.storage.blob.BlobContainerClientBuilder;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public class Cases {
    interface Case {
        void run() throws Exception;
    }

    static final String HUB = System.getenv("HUB");
    static final Duration PATIENCE = Duration.ofSeconds(10);

    public static void main(String[] arguments) throws Exception {
        trust(System.getenv("TLS_CERTIFICATE"));
        Map<String, Case> cases = new LinkedHashMap<>();
        cases.put("management", Cases::management);
        cases.put("send_and_receive", Cases::sendAndReceive);
        cases.put("keys_keep_together", Cases::keysKeepTogether);
        cases.put("positions", Cases::positions);
        cases.put("too_large_is_refused", Cases::tooLargeIsRefused);
        cases.put("wrong_key_is_unauthorized", Cases::wrongKeyIsUnauthorized);
        cases.put("claims_are_kept", Cases::claimsAreKept);
        cases.put("group_that_was_not_created_is_not_found", Cases::groupIsNotFound);
        cases.put("higher_owner_level_takes_over", Cases::ownerLevel);
        cases.put("processor_checkpoints", Cases::processorCheckpoints);
        cases.put("tls", Cases::tls);
        for (Map.Entry<String, Case> one : cases.entrySet()) {
            String failure = within(60, one.getValue());
            System.out.printf("{\"case\": \"%s\", \"failure\": %s}%n", one.getKey(), failure);
        }
        System.exit(0); // the client leaves threads behind
    }

    /** Ends a case that says nothing for too long; gives JSON: null, or why it failed. */
    static String within(int seconds, Case one) {
        CompletableFuture<Void> work = CompletableFuture.runAsync(() -> {
            try {
                one.run();
            } catch (Exception error) {
                throw new RuntimeException(error);
            }
        });
        try {
            work.get(seconds, TimeUnit.SECONDS);
            return "null";
        } catch (Exception error) {
            Throwable cause = error;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            String place = Arrays.toString(Arrays.copyOf(cause.getStackTrace(), 4));
            return '"' + (cause + " " + place).replaceAll("[\\\\\"]", "'").replaceAll("\\s+", " ") + '"';
        }
    }

    static void trust(String certificate) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(Path.of(certificate))) {
            store.setCertificateEntry("event-hubs", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        SSLContext.setDefault(context);
    }

    static EventHubClientBuilder builder(String variable) {
        AmqpRetryOptions once = new AmqpRetryOptions().setMaxRetries(0).setTryTimeout(PATIENCE);
        return new EventHubClientBuilder().connectionString(System.getenv(variable), HUB).retryOptions(once);
    }

    static void send(String variable, SendOptions options, String... bodies) {
        try (EventHubProducerClient client = builder(variable).buildProducerClient()) {
            client.send(Stream.of(bodies).map(EventData::new).collect(Collectors.toList()), options);
        }
    }

    static SendOptions partition(String id) {
        return new SendOptions().setPartitionId(id);
    }

    static List<EventData> receive(String variable, String group, String partition, int count, EventPosition from) {
        return receive(variable, group, partition, count, from, new ReceiveOptions());
    }

    static List<EventData> receive(
            String variable, String group, String partition, int count, EventPosition from, ReceiveOptions options) {
        try (EventHubConsumerClient client = builder(variable).consumerGroup(group).buildConsumerClient()) {
            return client.receiveFromPartition(partition, count, from, PATIENCE, options).stream()
                    .map(PartitionEvent::getData)
                    .collect(Collectors.toList());
        }
    }

    static long lastNumber(String partition) {
        try (EventHubProducerClient client = builder("CONNECTION").buildProducerClient()) {
            return client.getPartitionProperties(partition).getLastEnqueuedSequenceNumber();
        }
    }

    static void check(boolean right, Object what) {
        if (!right) {
            throw new AssertionError(String.valueOf(what));
        }
    }

    static void refused(AmqpErrorCondition wanted, String words, Case one) throws Exception {
        try {
            one.run();
        } catch (Exception error) {
            for (Throwable cause = error; cause != null; cause = cause.getCause()) {
                if (cause instanceof AmqpException amqp && amqp.getErrorCondition() == wanted) {
                    check(amqp.getMessage().contains(words), amqp.getMessage());
                    return;
                }
            }
            throw error;
        }
        throw new AssertionError("not refused");
    }

    static void management() {
        try (EventHubProducerClient client = builder("CONNECTION").buildProducerClient()) {
            var hub = client.getEventHubProperties();
            List<String> ids = hub.getPartitionIds().stream().collect(Collectors.toList());
            check(hub.getName().equals(HUB) && ids.equals(List.of("0", "1")), ids);
            check(hub.getCreatedAt().isAfter(Instant.now().minusSeconds(600)), hub.getCreatedAt());
            var partition = client.getPartitionProperties("1");
            check(partition.getId().equals("1") && partition.isEmpty(), partition.getId());
        }
    }

    static void sendAndReceive() {
        EventData event = new EventData(BinaryData.fromString("grüße")).setMessageId("m-1");
        event.getProperties().put("kind", "first");
        event.getProperties().put("number", 7L);
        try (EventHubProducerClient client = builder("CONNECTION").buildProducerClient()) {
            client.send(List.of(event, new EventData(new byte[] {0, -1})), partition("0"));
        }
        List<EventData> events = receive("CONNECTION", "$Default", "0", 2, EventPosition.earliest());
        EventData first = events.get(0);
        check(first.getBodyAsString().equals("grüße") && first.getMessageId().equals("m-1"), first.getBodyAsString());
        check(first.getProperties().equals(Map.of("kind", "first", "number", 7L)), first.getProperties());
        check(Arrays.equals(events.get(1).getBody(), new byte[] {0, -1}), events.get(1).getBodyAsString());
        check(first.getSequenceNumber() == 0 && events.get(1).getSequenceNumber() == 1, first.getSequenceNumber());
        check(first.getEnqueuedTime().isAfter(Instant.now().minusSeconds(600)), first.getEnqueuedTime());
    }

    static void keysKeepTogether() {
        long[] before = {lastNumber("0"), lastNumber("1")};
        send("CONNECTION", new SendOptions().setPartitionKey("customer-1"), "a", "b");
        send("CONNECTION", new SendOptions().setPartitionKey("customer-1"), "c");
        long[] grown = {lastNumber("0") - before[0], lastNumber("1") - before[1]};
        check(grown[0] * grown[1] == 0 && grown[0] + grown[1] == 3, Arrays.toString(grown));
    }

    static void positions() {
        long last = lastNumber("1");
        send("CONNECTION", partition("1"), "x", "y", "z");
        EventData behind =
                receive("CONNECTION", "second", "1", 2, EventPosition.fromSequenceNumber(last + 1)).get(0);
        check(behind.getBodyAsString().equals("y"), behind.getBodyAsString());
        List<EventData> at =
                receive("CONNECTION", "second", "1", 3, EventPosition.fromSequenceNumber(last + 1, true));
        check(at.get(0).getBodyAsString().equals("x"), at.get(0).getBodyAsString());
        EventPosition offset = EventPosition.fromOffsetString(at.get(1).getOffsetString());
        EventData resumed = receive("CONNECTION", "second", "1", 1, offset).get(0);
        check(resumed.getBodyAsString().equals("z"), resumed.getBodyAsString());
    }

    static void tooLargeIsRefused() throws Exception {
        refused(AmqpErrorCondition.LINK_PAYLOAD_SIZE_EXCEEDED, "", () ->
                send("CONNECTION", new SendOptions(), "x".repeat(1_100_000)));
    }

    static void wrongKeyIsUnauthorized() throws Exception {
        refused(AmqpErrorCondition.UNAUTHORIZED_ACCESS, "InvalidSignature", () ->
                send("WRONG_KEY", new SendOptions(), "x"));
    }

    static void claimsAreKept() throws Exception {
        send("SEND_ONLY", partition("0"), "by the sender");
        refused(AmqpErrorCondition.UNAUTHORIZED_ACCESS, "'Send' claim(s) are required", () ->
                send("LISTEN_ONLY", partition("0"), "x"));
        refused(AmqpErrorCondition.UNAUTHORIZED_ACCESS, "'Listen' claim(s) are required", () ->
                receive("SEND_ONLY", "$Default", "0", 1, EventPosition.earliest()));
        check(receive("LISTEN_ONLY", "$Default", "0", 1, EventPosition.earliest()).size() == 1, "nothing received");
    }

    static void groupIsNotFound() throws Exception {
        refused(AmqpErrorCondition.NOT_FOUND, "ConsumerGroups/nobodys", () ->
                receive("CONNECTION", "nobodys", "0", 1, EventPosition.earliest()));
    }

    static void ownerLevel() throws Exception {
        CompletableFuture<Throwable> lost = new CompletableFuture<>();
        CompletableFuture<Void> ready = new CompletableFuture<>();
        try (var low = builder("CONNECTION").consumerGroup("$Default").buildAsyncConsumerClient()) {
            low.receiveFromPartition("0", EventPosition.earliest(), new ReceiveOptions().setOwnerLevel(1L))
                    .subscribe(event -> ready.complete(null), lost::complete);
            ready.get(20, TimeUnit.SECONDS);
            ReceiveOptions high = new ReceiveOptions().setOwnerLevel(2L);
            receive("CONNECTION", "$Default", "0", 1, EventPosition.earliest(), high);
            AmqpException error = (AmqpException) lost.get(20, TimeUnit.SECONDS);
            check(error.getErrorCondition() == AmqpErrorCondition.LINK_STOLEN, error);
        }
    }

    static void processorCheckpoints() throws Exception {
        int total = (int) (lastNumber("0") + lastNumber("1") + 2);
        check(process(total).size() == total, "not all");
        send("CONNECTION", partition("0"), "after the checkpoint");
        check(process(1).equals(List.of("after the checkpoint")), "resumed elsewhere");
    }

    /** What a processor with a checkpoint store reads, each event checkpointed. */
    static List<String> process(int count) throws Exception {
        var container = new BlobContainerClientBuilder()
                .connectionString(System.getenv("STORAGE")).containerName("java").buildAsyncClient();
        container.createIfNotExists().block();
        BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
        var processor = new EventProcessorClientBuilder()
                .connectionString(System.getenv("CONNECTION"), HUB)
                .consumerGroup("processors")
                .checkpointStore(new BlobCheckpointStore(container))
                .loadBalancingStrategy(LoadBalancingStrategy.GREEDY)
                .loadBalancingUpdateInterval(Duration.ofSeconds(1))
                .partitionOwnershipExpirationInterval(Duration.ofSeconds(10))
                .initialPartitionEventPosition(partition -> EventPosition.earliest())
                .processEvent(context -> {
                    context.updateCheckpoint();
                    bodies.add(context.getEventData().getBodyAsString());
                })
                .processError(context -> bodies.add("failed: " + context.getThrowable()))
                .buildEventProcessorClient();
        processor.start();
        try {
            List<String> got = new java.util.ArrayList<>();
            while (got.size() < count) {
                String body = bodies.poll(40, TimeUnit.SECONDS);
                check(body != null && !body.startsWith("failed: "), body + " after " + got.size() + " events");
                got.add(body);
            }
            return got;
        } finally {
            processor.stop();
        }
    }

    static void tls() {
        send("TLS_CONNECTION", partition("0"), "over TLS");
        EventData event = receive("TLS_CONNECTION", "$Default", "0", 1, EventPosition.earliest()).get(0);
        check(event.getBodyAsString().equals("over TLS"), event.getBodyAsString());
    }
}
