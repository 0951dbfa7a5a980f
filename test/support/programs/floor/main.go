// Program floor copies objects from S3 onto a volume in the plainest quick way: the least that any tool could take.
//
//	floor --endpoint URL --bucket NAME --list FILE --to FOLDER [--jobs 64]
//
// Each line of the list is the md5 of a file, a tab, and its path. No cache, no lock, no safety against a crash: each
// object is read whole, checked against its md5, and written once under its final name. Credentials: the AWS_* variables.
package main

import (
	"bufio"
	"context"
	"crypto/md5"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// wanted is one file: the md5 of its bytes, and where it goes.
type wanted struct{ md5, path string }

type copier struct {
	client      *http.Client
	signer      *v4.Signer
	credentials aws.Credentials
	base        string
	to          string
}

func main() {
	endpoint := flag.String("endpoint", "", "the S3 server's URL")
	bucket := flag.String("bucket", "", "its bucket, in DVC's layout")
	list := flag.String("list", "", "the file with the lines")
	to := flag.String("to", "", "the folder to fill")
	jobs := flag.Int("jobs", 64, "how many objects at once")
	flag.Parse()
	c := &copier{
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: *jobs, DisableCompression: true}},
		signer: v4.NewSigner(),
		credentials: aws.Credentials{
			AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
			SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		},
		base: *endpoint + "/" + *bucket + "/files/md5/",
		to:   *to,
	}
	files, err := read(*list)
	if err == nil {
		err = c.makeFolders(files, *jobs)
	}
	if err == nil {
		err = inParallel(files, *jobs, c.copy)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func read(list string) ([]wanted, error) {
	file, err := os.Open(list)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var files []wanted
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		sum, path, _ := strings.Cut(lines.Text(), "\t")
		files = append(files, wanted{sum, path})
	}
	return files, lines.Err()
}

func (c *copier) makeFolders(files []wanted, jobs int) error {
	known := map[string]bool{}
	var folders []wanted
	for _, file := range files {
		folder := filepath.Dir(file.path)
		if !known[folder] {
			known[folder] = true
			folders = append(folders, wanted{path: folder})
		}
	}
	return inParallel(folders, jobs, func(folder wanted) error {
		return os.MkdirAll(filepath.Join(c.to, folder.path), 0o755)
	})
}

func (c *copier) copy(file wanted) error {
	request, err := http.NewRequest(http.MethodGet, c.base+file.md5[:2]+"/"+file.md5[2:], nil)
	if err != nil {
		return err
	}
	const unsigned = "UNSIGNED-PAYLOAD"
	request.Header.Set("X-Amz-Content-Sha256", unsigned)
	err = c.signer.SignHTTP(context.Background(), c.credentials, request, unsigned, "s3", os.Getenv("AWS_REGION"), time.Now())
	if err != nil {
		return err
	}
	response, err := c.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	bytes, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %.300s", request.URL, response.Status, bytes)
	}
	if sum := md5.Sum(bytes); hex.EncodeToString(sum[:]) != file.md5 {
		return fmt.Errorf("%s: its bytes have another md5", request.URL)
	}
	return os.WriteFile(filepath.Join(c.to, file.path), bytes, 0o644)
}

// inParallel works through the items with this many workers, and returns the first error after all have ended.
func inParallel(items []wanted, jobs int, work func(wanted) error) error {
	queue := make(chan wanted)
	failed := make(chan error, jobs)
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(func() {
			for item := range queue {
				if err := work(item); err != nil {
					failed <- err
					for range queue { // so that nobody waits to hand out the rest
					}
					return
				}
			}
		})
	}
	for _, item := range items {
		queue <- item
	}
	close(queue)
	workers.Wait()
	close(failed)
	return <-failed
}
