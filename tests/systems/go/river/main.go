// The same with River: `river <url> migrate | demo | fill <count> | drain | crash`.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

type Mail struct {
	How      string `json:"how"`
	Password string `json:"password"`
}

func (Mail) Kind() string { return "mail" }

type Burst struct {
	N int `json:"n"`
}

func (Burst) Kind() string { return "burst" }

type told struct {
	ID         string `json:"id"`
	StartedAt  int64  `json:"startedAt,omitempty"`
	FinishedAt int64  `json:"finishedAt,omitempty"`
}

var (
	mutex sync.Mutex
	seen  = map[string]told{}
)

type mailer struct{ river.WorkerDefaults[Mail] }

func (*mailer) NextRetry(*river.Job[Mail]) time.Time { return time.Now().Add(time.Second) }

func (*mailer) Work(ctx context.Context, job *river.Job[Mail]) error {
	how, started := job.Args.How, time.Now().UnixMilli()
	if how == "killed" {
		line, _ := json.Marshal(map[string]told{"killed": {ID: fmt.Sprint(job.ID), StartedAt: started}})
		fmt.Println(string(line))
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		time.Sleep(time.Minute)
	}
	time.Sleep(50 * time.Millisecond)
	mutex.Lock()
	seen[how] = told{ID: fmt.Sprint(job.ID), StartedAt: started, FinishedAt: time.Now().UnixMilli()}
	mutex.Unlock()
	switch {
	case how == "panicked":
		panic("no panicked")
	case how == "failed", how == "retried" && job.Attempt == 1:
		return errors.New("no " + how + ": token=abcdef123456")
	}
	return nil
}

type burster struct{ river.WorkerDefaults[Burst] }

func (*burster) Work(context.Context, *river.Job[Burst]) error { return nil }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	pool := must(pgxpool.New(ctx, os.Args[1]))
	driver := riverpgxv5.New(pool)
	workers := river.NewWorkers()
	river.AddWorker(workers, &mailer{})
	river.AddWorker(workers, &burster{})
	client := must(river.NewClient(driver, &river.Config{
		ID:                "letter-box",
		Logger:            slog.New(slog.DiscardHandler),
		Queues:            map[string]river.QueueConfig{"letters": {MaxWorkers: 10}, "burst": {MaxWorkers: 100}},
		Workers:           workers,
		FetchPollInterval: 200 * time.Millisecond,
	}))
	answer := map[string]told{}
	switch os.Args[2] {
	case "migrate":
		must(must(rivermigrate.New(driver, nil)).Migrate(ctx, rivermigrate.DirectionUp, nil))
	case "demo":
		answer = demo(ctx, client)
	case "fill":
		count := must(strconv.Atoi(os.Args[3]))
		jobs := make([]river.InsertManyParams, count)
		for n := range jobs {
			jobs[n] = river.InsertManyParams{Args: Burst{n}, InsertOpts: &river.InsertOpts{Queue: "burst"}}
		}
		must(client.InsertManyFast(ctx, jobs))
	case "drain":
		if err := client.Start(ctx); err != nil {
			panic(err)
		}
		for left := 1; left > 0; time.Sleep(100 * time.Millisecond) {
			row := pool.QueryRow(ctx, "select count(*) from river_job where kind = 'burst' and finalized_at is null")
			if err := row.Scan(&left); err != nil {
				panic(err)
			}
		}
		client.Stop(ctx)
	case "crash":
		must(client.Insert(ctx, Mail{How: "killed"}, &river.InsertOpts{Queue: "letters"}))
		if err := client.Start(ctx); err != nil {
			panic(err)
		}
		time.Sleep(time.Minute)
	}
	fmt.Println(string(must(json.Marshal(answer))))
}

func demo(ctx context.Context, client *river.Client[pgx.Tx]) map[string]told {
	ids := map[string]told{}
	insert := func(how string, options river.InsertOpts) int64 {
		options.Queue = "letters"
		job := must(client.Insert(ctx, Mail{how, "hunter22"}, &options)).Job
		ids[how] = told{ID: fmt.Sprint(job.ID)}
		return job.ID
	}
	insert("succeeded", river.InsertOpts{Priority: 2, Tags: []string{"one", "two"}})
	insert("failed", river.InsertOpts{MaxAttempts: 1})
	insert("panicked", river.InsertOpts{MaxAttempts: 1})
	retried := insert("retried", river.InsertOpts{MaxAttempts: 3})
	cancelled := insert("cancelled", river.InsertOpts{ScheduledAt: time.Now().Add(10 * time.Minute)})
	insert("later", river.InsertOpts{ScheduledAt: time.Now().Add(time.Hour)})
	must(client.JobCancel(ctx, cancelled))
	if err := client.Start(ctx); err != nil {
		panic(err)
	}
	for left := 60; left > 0; left-- {
		time.Sleep(250 * time.Millisecond)
		if must(client.JobGet(ctx, retried)).FinalizedAt != nil {
			break
		}
	}
	client.Stop(ctx)
	for how, one := range seen {
		ids[how] = one
	}
	return ids
}
