package main

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// s3Proxy hands every request on as it came, Host header included, because a signature covers it.
func s3Proxy(server string, firstByte time.Duration, counted *counts) (http.Handler, error) {
	target, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		Transport:  &http.Transport{MaxIdleConnsPerHost: 512, DisableCompression: true},
		BufferPool: &buffers{sync.Pool{New: func() any { return make([]byte, 32*1024) }}},
		ModifyResponse: func(response *http.Response) error {
			counted.S3Bytes.Add(max(response.ContentLength, 0))
			if isObject(response.Request) && response.StatusCode < 300 {
				counted.S3Objects.Add(1)
			}
			return nil
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted.S3Requests.Add(1)
		time.Sleep(firstByte) // as of a server that is far away and looks things up; the connection is kept
		proxy.ServeHTTP(w, r)
	}), nil
}

// isObject tells a GET of an object from a listing: `/bucket/key`, without a question about the bucket.
func isObject(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(strings.Trim(r.URL.Path, "/"), "/")
}

type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte      { return b.pool.Get().([]byte) }
func (b *buffers) Put(bytes []byte) { b.pool.Put(bytes) } //nolint:staticcheck // a slice header is small beside the buffer
