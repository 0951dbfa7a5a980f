// Program counted is how the benchmark's fetchers see the outside: S3 through a proxy that counts and delays, and git
// over HTTP. Both live in one process, so that one question answers what was asked of the outside.
//
//	counted --s3 URL --s3-listen ADDRESS --git FOLDER --git-listen ADDRESS --counts-listen ADDRESS [--first-byte 30ms]
//
// GET /counts says what was asked for since the last POST /reset. It ends when its stdin closes.
//
// It is written in Go because a proxy in Node takes more of the machine's two cores than the S3 server behind it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
)

// counts is what was asked for; its JSON is read by outside.ts.
type counts struct {
	// S3Requests are all of them, S3Objects the answered GETs of single objects, S3Bytes the bodies of all answers.
	S3Requests, S3Objects, S3Bytes, GitRequests atomic.Int64
}

func (c *counts) reset() {
	for _, each := range []*atomic.Int64{&c.S3Requests, &c.S3Objects, &c.S3Bytes, &c.GitRequests} {
		each.Store(0)
	}
}

func (c *counts) answer(w http.ResponseWriter, _ *http.Request) {
	_ = json.NewEncoder(w).Encode(map[string]int64{
		"s3Requests":  c.S3Requests.Load(),
		"s3Objects":   c.S3Objects.Load(),
		"s3Bytes":     c.S3Bytes.Load(),
		"gitRequests": c.GitRequests.Load(),
	})
}

func main() {
	s3 := flag.String("s3", "", "the S3 server's URL")
	s3Listen := flag.String("s3-listen", "", "where the counted S3 is offered")
	firstByte := flag.Duration("first-byte", 0, "how much later S3's answers begin")
	repositories := flag.String("git", "", "the folder with the bare repositories")
	gitListen := flag.String("git-listen", "", "where they are offered")
	countsListen := flag.String("counts-listen", "", "where the counts are told")
	flag.Parse()

	var counted counts
	proxy, err := s3Proxy(*s3, *firstByte, &counted)
	if err != nil {
		fail(err)
	}
	git, err := gitServer(*repositories, &counted)
	if err != nil {
		fail(err)
	}
	control := http.NewServeMux()
	control.HandleFunc("GET /counts", counted.answer)
	control.HandleFunc("POST /reset", func(http.ResponseWriter, *http.Request) { counted.reset() })
	for address, handler := range map[string]http.Handler{*s3Listen: proxy, *gitListen: git, *countsListen: control} {
		go func() { fail(http.ListenAndServe(address, handler)) }()
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "counted:", err)
	os.Exit(1)
}
