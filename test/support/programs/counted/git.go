package main

import (
	"net/http"
	"net/http/cgi"
	"os/exec"
	"path/filepath"
	"strings"
)

// gitServer offers the bare repositories below a folder by git's own http-backend.
func gitServer(repositories string, counted *counts) (http.Handler, error) {
	executables, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		return nil, err
	}
	backend := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(executables)), "git-http-backend"),
		Env: []string{
			"GIT_PROJECT_ROOT=" + repositories,
			"GIT_HTTP_EXPORT_ALL=1",
			// Whoever runs the benchmark owns the folder, or root does: either is right.
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counted.GitRequests.Add(1)
		backend.ServeHTTP(w, r)
	}), nil
}
