// The cases of azeventhubs: each prints one line of JSON, {"case", "failure": null or why}.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2/checkpoints"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

var (
	hub   = os.Getenv("HUB")
	once  = azeventhubs.RetryOptions{MaxRetries: -1}
	yes   = true
	cases = []struct {
		name string
		run  func(context.Context) error
	}{
		{"management", management},
		{"send_and_receive", sendAndReceive},
		{"keys_keep_together", keysKeepTogether},
		{"positions", positions},
		{"too_large_is_refused", tooLargeIsRefused},
		{"wrong_key_is_unauthorized", wrongKeyIsUnauthorized},
		{"claims_are_kept", claimsAreKept},
		{"group_that_was_not_created_is_not_found", groupIsNotFound},
		{"higher_owner_level_takes_over", ownerLevel},
		{"processor_checkpoints", processorCheckpoints},
		{"tls", overTLS},
	}
)

func main() {
	for _, one := range cases {
		if len(os.Args) > 1 && os.Args[1] != one.name {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 45*time.Second)
		line := map[string]any{"case": one.name, "failure": nil}
		if err := one.run(ctx); err != nil {
			line["failure"] = err.Error()
		}
		cancel()
		text, _ := json.Marshal(line)
		fmt.Println(string(text))
	}
}

func check(ok bool, format string, values ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, values...)
}

// refused passes where err tells all of the words.
func refused(err error, words ...string) error {
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			return fmt.Errorf("expected an error with %q, got: %v", word, err)
		}
	}
	return nil
}

func trust() *tls.Config {
	pem, _ := os.ReadFile(os.Getenv("TLS_CERTIFICATE"))
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: roots, ServerName: "localhost"} // the client would ask for host:port
}

func producer(variable string) (*azeventhubs.ProducerClient, error) {
	options := &azeventhubs.ProducerClientOptions{RetryOptions: once, TLSConfig: trust()}
	return azeventhubs.NewProducerClientFromConnectionString(os.Getenv(variable), hub, options)
}

func consumer(variable, group string) (*azeventhubs.ConsumerClient, error) {
	options := &azeventhubs.ConsumerClientOptions{RetryOptions: once, TLSConfig: trust()}
	return azeventhubs.NewConsumerClientFromConnectionString(os.Getenv(variable), hub, group, options)
}

func send(ctx context.Context, variable string, to *azeventhubs.EventDataBatchOptions, events ...*azeventhubs.EventData) error {
	client, err := producer(variable)
	if err != nil {
		return err
	}
	defer client.Close(ctx)
	batch, err := client.NewEventDataBatch(ctx, to)
	if err != nil {
		return err
	}
	for _, event := range events {
		if err := batch.AddEventData(event, nil); err != nil {
			return err
		}
	}
	return client.SendEventDataBatch(ctx, batch, nil)
}

func texts(bodies ...string) (events []*azeventhubs.EventData) {
	for _, body := range bodies {
		events = append(events, &azeventhubs.EventData{Body: []byte(body)})
	}
	return events
}

func partition(id string) *azeventhubs.EventDataBatchOptions {
	return &azeventhubs.EventDataBatchOptions{PartitionID: &id}
}

type reading struct {
	variable, group, partition string
	start                      azeventhubs.StartPosition
	level                      *int64
}

var fromTheFirst = reading{"CONNECTION", "$Default", "0", azeventhubs.StartPosition{Earliest: &yes}, nil}

func receive(ctx context.Context, from reading, count int) ([]*azeventhubs.ReceivedEventData, error) {
	client, err := consumer(from.variable, from.group)
	if err != nil {
		return nil, err
	}
	defer client.Close(ctx)
	options := &azeventhubs.PartitionClientOptions{StartPosition: from.start, OwnerLevel: from.level}
	reader, err := client.NewPartitionClient(from.partition, options)
	if err != nil {
		return nil, err
	}
	defer reader.Close(ctx)
	return reader.ReceiveEvents(ctx, count, nil)
}

func lastNumber(ctx context.Context, partition string) (int64, error) {
	client, err := producer("CONNECTION")
	if err != nil {
		return 0, err
	}
	defer client.Close(ctx)
	properties, err := client.GetPartitionProperties(ctx, partition, nil)
	return properties.LastEnqueuedSequenceNumber, err
}

func management(ctx context.Context) error {
	client, err := producer("CONNECTION")
	if err != nil {
		return err
	}
	defer client.Close(ctx)
	properties, err := client.GetEventHubProperties(ctx, nil)
	if err != nil {
		return err
	}
	named := properties.Name == hub && strings.Join(properties.PartitionIDs, " ") == "0 1"
	if err := check(named && time.Since(properties.CreatedOn) < 10*time.Minute, "hub: %+v", properties); err != nil {
		return err
	}
	partition, err := client.GetPartitionProperties(ctx, "1", nil)
	return errors.Join(err, check(partition.PartitionID == "1" && partition.IsEmpty, "partition: %+v", partition))
}

func sendAndReceive(ctx context.Context) error {
	id := "m-1"
	first := &azeventhubs.EventData{
		Body: []byte("grüße"), Properties: map[string]any{"kind": "first", "number": int64(7)}, MessageID: &id,
	}
	if err := send(ctx, "CONNECTION", partition("0"), first, texts("second")[0]); err != nil {
		return err
	}
	events, err := receive(ctx, fromTheFirst, 2)
	if err != nil || len(events) != 2 {
		return fmt.Errorf("%d events: %w", len(events), err)
	}
	got, next := events[0], events[1]
	same := bytes.Equal(got.Body, first.Body) && got.Properties["kind"] == "first" && got.Properties["number"] == int64(7)
	same = same && *got.MessageID == id && string(next.Body) == "second"
	placed := got.SequenceNumber == 0 && next.SequenceNumber == 1 && time.Since(*got.EnqueuedTime) < 10*time.Minute
	return check(same && placed, "received: %+v, %+v", got, next)
}

func keysKeepTogether(ctx context.Context) error {
	key, grown := "customer-1", map[string]int64{}
	for _, partition := range []string{"0", "1"} {
		last, err := lastNumber(ctx, partition)
		if err != nil {
			return err
		}
		grown[partition] = -last
	}
	for _, bodies := range [][]string{{"a", "b"}, {"c"}} {
		if err := send(ctx, "CONNECTION", &azeventhubs.EventDataBatchOptions{PartitionKey: &key}, texts(bodies...)...); err != nil {
			return err
		}
	}
	for partition := range grown {
		last, err := lastNumber(ctx, partition)
		if err != nil {
			return err
		}
		grown[partition] += last
	}
	return check(grown["0"]*grown["1"] == 0 && grown["0"]+grown["1"] == 3, "grown by %v", grown)
}

func positions(ctx context.Context) error {
	last, err := lastNumber(ctx, "1")
	if err != nil {
		return err
	}
	if err := send(ctx, "CONNECTION", partition("1"), texts("x", "y", "z")...); err != nil {
		return err
	}
	x := last + 1
	from := reading{"CONNECTION", "second", "1", azeventhubs.StartPosition{SequenceNumber: &x}, nil}
	behind, err := receive(ctx, from, 2)
	if err != nil || string(behind[0].Body) != "y" {
		return fmt.Errorf("behind: %v %w", behind, err)
	}
	from.start.Inclusive = true
	at, err := receive(ctx, from, 3)
	if err != nil || string(at[0].Body) != "x" {
		return fmt.Errorf("at: %v %w", at, err)
	}
	from.start = azeventhubs.StartPosition{Offset: &at[1].Offset}
	resumed, err := receive(ctx, from, 1)
	if err != nil || string(resumed[0].Body) != "z" {
		return fmt.Errorf("resumed: %v %w", resumed, err)
	}
	from.start = azeventhubs.StartPosition{EnqueuedTime: behind[0].EnqueuedTime, Inclusive: true}
	timed, err := receive(ctx, from, 1)
	return errors.Join(err, check(string(timed[0].Body) == "x", "by time: %v", timed))
}

func tooLargeIsRefused(ctx context.Context) error {
	err := send(ctx, "CONNECTION", nil, texts(strings.Repeat("x", 1_100_000))...)
	return check(errors.Is(err, azeventhubs.ErrEventDataTooLarge), "got: %v", err)
}

func wrongKeyIsUnauthorized(ctx context.Context) error {
	return unauthorized(send(ctx, "WRONG_KEY", nil, texts("x")...), "InvalidSignature")
}

func unauthorized(err error, words string) error {
	var known *azeventhubs.Error
	if errors.As(err, &known) && known.Code == azeventhubs.ErrorCodeUnauthorizedAccess {
		return nil
	}
	return refused(err, "unauthorized", words)
}

func claimsAreKept(ctx context.Context) error {
	if err := send(ctx, "SEND_ONLY", partition("0"), texts("by the sender")...); err != nil {
		return err
	}
	if err := refused(send(ctx, "LISTEN_ONLY", partition("0"), texts("x")...), "'Send' claim(s) are required"); err != nil {
		return err
	}
	from := fromTheFirst
	from.variable = "SEND_ONLY"
	_, err := receive(ctx, from, 1)
	if err := refused(err, "'Listen' claim(s) are required"); err != nil {
		return err
	}
	from.variable = "LISTEN_ONLY"
	events, err := receive(ctx, from, 1)
	return errors.Join(err, check(len(events) == 1, "%d events", len(events)))
}

func groupIsNotFound(ctx context.Context) error {
	from := fromTheFirst
	from.group = "nobodys"
	_, err := receive(ctx, from, 1)
	return refused(err, "amqp:not-found", "ConsumerGroups/nobodys")
}

func ownerLevel(ctx context.Context) error {
	client, err := consumer("CONNECTION", "$Default")
	if err != nil {
		return err
	}
	defer client.Close(ctx)
	low, high := int64(1), int64(2)
	options := &azeventhubs.PartitionClientOptions{StartPosition: fromTheFirst.start, OwnerLevel: &low}
	reader, err := client.NewPartitionClient("0", options)
	if err != nil {
		return err
	}
	if _, err := reader.ReceiveEvents(ctx, 1, nil); err != nil {
		return err
	}
	from := fromTheFirst
	from.level = &high
	if _, err := receive(ctx, from, 1); err != nil {
		return err
	}
	for err == nil { // what was prefetched comes first
		_, err = reader.ReceiveEvents(ctx, 1, nil)
	}
	var known *azeventhubs.Error
	return check(errors.As(err, &known) && known.Code == azeventhubs.ErrorCodeOwnershipLost, "got: %v", err)
}

func processorCheckpoints(ctx context.Context) error {
	total := int64(0)
	for _, partition := range []string{"0", "1"} {
		last, err := lastNumber(ctx, partition)
		if err != nil {
			return err
		}
		total += last + 1
	}
	first, err := process(ctx, int(total))
	if err := errors.Join(err, check(len(first) == int(total), "%d of %d events", len(first), total)); err != nil {
		return err
	}
	if err := send(ctx, "CONNECTION", partition("0"), texts("after the checkpoint")...); err != nil {
		return err
	}
	second, err := process(ctx, 1)
	return errors.Join(err, check(len(second) == 1 && second[0] == "after the checkpoint", "resumed: %v", second))
}

// process gives what a processor with a checkpoint store reads, each event checkpointed.
func process(ctx context.Context, count int) ([]string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	blobs, err := container.NewClientFromConnectionString(os.Getenv("STORAGE"), "golang", nil)
	if err != nil {
		return nil, err
	}
	_, _ = blobs.Create(ctx, nil) // it is there the second time
	store, err := checkpoints.NewBlobStore(blobs, nil)
	if err != nil {
		return nil, err
	}
	client, err := consumer("CONNECTION", "processors")
	if err != nil {
		return nil, err
	}
	defer client.Close(context.Background())
	processor, err := azeventhubs.NewProcessor(client, store, &azeventhubs.ProcessorOptions{
		LoadBalancingStrategy: azeventhubs.ProcessorStrategyGreedy,
		UpdateInterval:        500 * time.Millisecond,
		StartPositions:        azeventhubs.StartPositions{Default: fromTheFirst.start},
	})
	if err != nil {
		return nil, err
	}
	bodies, failed, ended := make(chan string), make(chan error, 3), make(chan error, 1)
	go func() { ended <- processor.Run(ctx) }()
	go func() {
		for reader := processor.NextPartitionClient(ctx); reader != nil; reader = processor.NextPartitionClient(ctx) {
			go read(ctx, reader, bodies, failed)
		}
	}()
	var got []string
	for len(got) < count {
		select {
		case body := <-bodies:
			got = append(got, body)
		case err := <-failed:
			return got, err
		case err := <-ended:
			return got, fmt.Errorf("the processor ended: %w", err)
		case <-ctx.Done():
			return got, fmt.Errorf("%d of %d events: %w", len(got), count, ctx.Err())
		}
	}
	cancel()
	<-ended
	return got, nil
}

func read(ctx context.Context, reader *azeventhubs.ProcessorPartitionClient, bodies chan<- string, failed chan<- error) {
	defer reader.Close(context.Background())
	for ctx.Err() == nil {
		events, err := reader.ReceiveEvents(ctx, 1, nil)
		if err != nil && ctx.Err() == nil {
			failed <- err
			return
		}
		for _, event := range events {
			if err := reader.UpdateCheckpoint(ctx, event, nil); err != nil {
				failed <- err
				return
			}
			bodies <- string(event.Body)
		}
	}
}

func overTLS(ctx context.Context) error {
	if err := send(ctx, "TLS_CONNECTION", partition("0"), texts("over TLS")...); err != nil {
		return err
	}
	from := fromTheFirst
	from.variable = "TLS_CONNECTION"
	events, err := receive(ctx, from, 1)
	return errors.Join(err, check(len(events) == 1 && string(events[0].Body) == "over TLS", "%d events", len(events)))
}
