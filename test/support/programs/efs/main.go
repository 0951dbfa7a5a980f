// Program efs mounts a folder as a stand-in for Amazon EFS: the same files, each operation as slow as over NFS.
//
//	efs [flags] BACKING-FOLDER MOUNT-POINT
//
// It unmounts and ends when its stdin closes, or on SIGTERM and SIGINT. It needs root, or fusermount3.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

func main() {
	var costs costs
	flag.DurationVar(&costs.change, "metadata-write", 2700*time.Microsecond, "of create, mkdir, link, rename, unlink, setattr")
	flag.DurationVar(&costs.lookup, "metadata-read", 500*time.Microsecond, "of lookup, getattr, open, readdir")
	flag.DurationVar(&costs.write, "write", time.Millisecond, "of one write call")
	flag.DurationVar(&costs.read, "read", 250*time.Microsecond, "of one read call")
	links := flag.Uint("links", 177, "how many hard links a file may have; with 0 the file system knows none (EOPNOTSUPP)")
	quota := flag.Int64("quota", 0, "how many bytes may be written until every write is one too many (EDQUOT); 0: no quota")
	cache := flag.Duration("cache", 3*time.Second, "how long attributes and names are believed")
	negative := flag.Duration("negative-cache", 0, "how long it is believed that a name is absent; NFS: 30s, or 0 with lookupcache=positive")
	flag.Parse()
	if flag.NArg() != 2 {
		fail(64, "usage: efs [flags] BACKING-FOLDER MOUNT-POINT")
	}
	server, err := mount(flag.Arg(0), flag.Arg(1), costs, limits{uint32(*links), *quota}, *cache, *negative)
	if err != nil {
		fail(1, fmt.Sprintf("can't mount a FUSE file system (%v): run as root, or install fuse3 (on Debian and Ubuntu: apt-get install fuse3), and check that /dev/fuse exists", err))
	}
	untilToldToEnd()
	if server.Unmount() != nil {
		// Somebody still has a file open: detach it from the tree all the same, so that nobody meets a dead mount.
		if err := unix.Unmount(flag.Arg(1), unix.MNT_DETACH); err != nil {
			fail(1, fmt.Sprintf("can't unmount %s: %v", flag.Arg(1), err))
		}
	}
}

func mount(backing, point string, costs costs, limits limits, cache, negative time.Duration) (*fuse.Server, error) {
	root, err := fs.NewLoopbackRoot(backing)
	if err != nil {
		return nil, err
	}
	files := fs.NewNodeFS(root, &fs.Options{AttrTimeout: &cache, EntryTimeout: &cache, NegativeTimeout: &negative})
	server, err := fuse.NewServer(newSlow(files, costs, limits), point, &fuse.MountOptions{
		FsName:      "efs-stand-in",
		Name:        "efs",
		Options:     []string{"default_permissions"},
		DirectMount: true,
		AllowOther:  os.Getuid() == 0,
		// An NFS server knows no security labels; without this each write would first ask for one.
		DisableXAttrs: true,
		EnableLocks:   true,
		// Not EFS's wsize of 1 MiB: go-fuse keeps buffers of this size, and filling them took a quarter more CPU per file.
		MaxWrite: 128 << 10,
		// A passthrough file's reads and writes would reach the backing file without us.
		DisabledCapabilities: fuse.CAP_PASSTHROUGH,
	})
	if err != nil {
		return nil, err
	}
	go server.Serve()
	return server, server.WaitMount()
}

func untilToldToEnd() {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ended <- syscall.SIGTERM
	}()
	<-ended
}

func fail(code int, message string) {
	fmt.Fprintln(os.Stderr, "efs: "+message)
	os.Exit(code)
}
