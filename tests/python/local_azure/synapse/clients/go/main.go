// The cases of go-mssqldb: each prints one line of JSON, {"case", "failure": null or why}.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
)

var (
	slow  = os.Getenv("SLOW")
	cases = []struct {
		name string
		run  func(context.Context, *sql.DB) error
	}{
		{"encrypted_or_not", encryptedOrNot},
		{"timeout_ends_a_query", timeoutEndsAQuery},
		{"cancel_ends_a_query", cancelEndsAQuery},
		{"parameters_of_every_type", parametersOfEveryType},
		{"bulk_load", bulkLoad},
		{"procedure_gives_output", procedureGivesOutput},
		{"transaction_rolls_back", transactionRollsBack},
	}
)

func main() {
	for _, one := range cases {
		ctx, cancel := context.WithTimeout(context.Background(), 45*time.Second)
		line := map[string]any{"case": one.name, "failure": nil}
		db := open("disable")
		if err := one.run(ctx, db); err != nil {
			line["failure"] = err.Error()
		}
		db.Close()
		cancel()
		text, _ := json.Marshal(line)
		fmt.Println(string(text))
	}
}

func open(encrypt string) *sql.DB {
	query := url.Values{"database": {"warehouse"}, "encrypt": {encrypt}, "TrustServerCertificate": {"true"}}
	address := url.URL{
		Scheme: "sqlserver", Host: "127.0.0.1:" + os.Getenv("PORT"), RawQuery: query.Encode(),
		User: url.UserPassword(os.Getenv("SQL_USER"), os.Getenv("SQL_PASSWORD")),
	}
	db, err := sql.Open("sqlserver", address.String())
	if err != nil {
		panic(err)
	}
	return db
}

func same(found, wanted any) error {
	if !reflect.DeepEqual(found, wanted) {
		return fmt.Errorf("%#v is not %#v", found, wanted)
	}
	return nil
}

func one(ctx context.Context, db *sql.DB, query string, args ...any) (any, error) {
	var found any
	err := db.QueryRowContext(ctx, query, args...).Scan(&found)
	return found, err
}

func gives(ctx context.Context, db *sql.DB, wanted any, query string, args ...any) error {
	found, err := one(ctx, db, query, args...)
	return errors.Join(err, same(found, wanted))
}

func encryptedOrNot(ctx context.Context, _ *sql.DB) error {
	for _, encrypt := range []string{"disable", "false", "true"} {
		db := open(encrypt)
		err := gives(ctx, db, int64(42), "SELECT 42")
		db.Close()
		if err != nil {
			return fmt.Errorf("encrypt=%s: %w", encrypt, err)
		}
	}
	return nil
}

func timeoutEndsAQuery(ctx context.Context, db *sql.DB) error {
	short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	if _, err := one(short, db, slow); err == nil {
		return errors.New("the query ended by itself")
	}
	return gives(ctx, db, int64(3), "SELECT 3")
}

func cancelEndsAQuery(ctx context.Context, db *sql.DB) error {
	db.SetMaxOpenConns(1)
	began := time.Now()
	stopped, cancel := context.WithCancel(ctx)
	time.AfterFunc(300*time.Millisecond, cancel)
	if _, err := one(stopped, db, slow); err == nil || time.Since(began) > 20*time.Second {
		return fmt.Errorf("cancelled after %s: %v", time.Since(began), err)
	}
	return gives(ctx, db, int64(2), "SELECT 2")
}

func parametersOfEveryType(ctx context.Context, db *sql.DB) error {
	moment := time.Date(2024, 2, 3, 4, 5, 6, 123456000, time.UTC)
	for _, each := range []struct{ given, wanted any }{
		{int64(7), int64(7)}, {1.5, 1.5}, {true, true}, {"😀é", "😀é"}, {[]byte("ab"), []byte("ab")}, {nil, nil},
		{mssql.VarChar("abc"), "abc"}, {moment, moment}, {int32(5), int64(5)},
	} {
		found, err := one(ctx, db, "SELECT @p1 AS x", each.given)
		if at, is := found.(time.Time); is {
			found = at.UTC()
		}
		if err := errors.Join(err, same(found, each.wanted)); err != nil {
			return fmt.Errorf("%T: %w", each.given, err)
		}
	}
	return nil
}

func bulkLoad(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "CREATE TABLE dbo.gopher (id int NOT NULL, name nvarchar(20) NULL) WITH (HEAP)"); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	load, err := tx.PrepareContext(ctx, mssql.CopyIn("dbo.gopher", mssql.BulkOptions{}, "id", "name"))
	if err != nil {
		return err
	}
	for id := range 2000 {
		if _, err := load.ExecContext(ctx, id, fmt.Sprintf("é%d", id)); err != nil {
			return err
		}
	}
	done, err := load.ExecContext(ctx)
	if err != nil {
		return err
	}
	count, _ := done.RowsAffected()
	if err := errors.Join(load.Close(), tx.Commit(), same(count, int64(2000))); err != nil {
		return err
	}
	return gives(ctx, db, "é1999", "SELECT MAX(name) FROM dbo.gopher WHERE id = 1999")
}

func procedureGivesOutput(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "CREATE PROCEDURE dbo.doubled @a int, @b int OUTPUT AS SET @b = @a * 2"); err != nil {
		return err
	}
	var twice int64
	_, err := db.ExecContext(ctx, "dbo.doubled", sql.Named("a", 21), sql.Named("b", sql.Out{Dest: &twice}))
	_, dropped := db.ExecContext(ctx, "DROP PROCEDURE dbo.doubled")
	return errors.Join(err, dropped, same(twice, int64(42)))
}

func transactionRollsBack(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, "CREATE TABLE dbo.undone (id int) WITH (HEAP)"); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO dbo.undone VALUES (1)")
	return errors.Join(err, tx.Rollback(), gives(ctx, db, int64(0), "SELECT COUNT_BIG(*) FROM dbo.undone"))
}
