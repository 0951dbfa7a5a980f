package main

import (
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// costs is what one operation takes beside what the backing folder itself takes.
//
// Where the defaults come from: AWS documents for EFS (General Purpose mode, Regional) write latencies "as low as
// 2.7 milliseconds", read latencies "as low as 250 microseconds", and 177 hard links per file. Everything else here
// stands in: that metadata writes cost as much as data writes (EFS stores both synchronously in several zones), half a
// millisecond for a metadata read, one millisecond for the WRITE itself, and that an NFS client's attribute cache is
// one fixed time (Linux: 3 to 60 seconds, adaptive). EFS's own limits on operations per second are not played.
type costs struct {
	change, lookup, write, read time.Duration
}

// slow puts the costs of a network before each request, and refuses what NFS 4.1 and EFS don't have.
//
// The kernel holds a folder's lock while it creates, links or removes an entry in it, for FUSE as for NFS; the lock per
// folder here says that the server too does one such change at a time, which also bounds several clients.
//
// Unlike NFS 4.1, where one OPEN creates, FUSE looks a new name up first: half a millisecond too much per new file. Unlike
// NFS, a small file is written by the write call, not when it is closed: the same one WRITE.
type slow struct {
	fuse.RawFileSystem
	costs   costs
	limits  limits
	folders sync.Map // node id → *sync.Mutex
	written atomic.Int64
}

// limits are what the file system refuses beyond.
type limits struct {
	links uint32 // per file; 0: there are no hard links
	quota int64  // bytes ever written; 0: as many as there is room for
}

func newSlow(files fuse.RawFileSystem, costs costs, limits limits) *slow {
	return &slow{RawFileSystem: files, costs: costs, limits: limits}
}

// pause sleeps in the kernel, because Go's own timers are a millisecond coarse where the process is otherwise idle.
func pause(duration time.Duration) {
	if duration <= 0 {
		return
	}
	left := unix.NsecToTimespec(int64(duration))
	for unix.Nanosleep(&left, &left) == unix.EINTR {
	}
}

// changing waits for a folder's turn and for the change itself; call what it returns when the change is done.
func (s *slow) changing(folder uint64) (done func()) {
	mutex, known := s.folders.Load(folder)
	if !known {
		mutex, _ = s.folders.LoadOrStore(folder, &sync.Mutex{})
	}
	mutex.(*sync.Mutex).Lock()
	pause(s.costs.change)
	return mutex.(*sync.Mutex).Unlock
}

func (s *slow) Create(cancel <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	defer s.changing(in.NodeId)()
	return s.RawFileSystem.Create(cancel, in, name, out)
}

func (s *slow) Mkdir(cancel <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	defer s.changing(in.NodeId)()
	return s.RawFileSystem.Mkdir(cancel, in, name, out)
}

func (s *slow) Mknod(cancel <-chan struct{}, in *fuse.MknodIn, name string, out *fuse.EntryOut) fuse.Status {
	defer s.changing(in.NodeId)()
	return s.RawFileSystem.Mknod(cancel, in, name, out)
}

func (s *slow) Symlink(cancel <-chan struct{}, in *fuse.InHeader, target, name string, out *fuse.EntryOut) fuse.Status {
	defer s.changing(in.NodeId)()
	return s.RawFileSystem.Symlink(cancel, in, target, name, out)
}

func (s *slow) Unlink(cancel <-chan struct{}, in *fuse.InHeader, name string) fuse.Status {
	defer s.changing(in.NodeId)()
	return s.RawFileSystem.Unlink(cancel, in, name)
}

func (s *slow) Rmdir(cancel <-chan struct{}, in *fuse.InHeader, name string) fuse.Status {
	defer s.changing(in.NodeId)()
	return s.RawFileSystem.Rmdir(cancel, in, name)
}

func (s *slow) Rename(cancel <-chan struct{}, in *fuse.RenameIn, from, to string) fuse.Status {
	if in.Flags != 0 {
		return fuse.Status(syscall.EINVAL) // exchange and "no replace": not in NFS
	}
	// The folder that gets the name; the kernel holds the locks of both, so a second one here could only deadlock.
	defer s.changing(in.Newdir)()
	return s.RawFileSystem.Rename(cancel, in, from, to)
}

func (s *slow) Link(cancel <-chan struct{}, in *fuse.LinkIn, name string, out *fuse.EntryOut) fuse.Status {
	if s.limits.links == 0 {
		return fuse.Status(syscall.EOPNOTSUPP)
	}
	defer s.changing(in.NodeId)()
	var file fuse.AttrOut
	ask := fuse.GetAttrIn{InHeader: fuse.InHeader{NodeId: in.Oldnodeid, Caller: in.Caller}}
	if status := s.RawFileSystem.GetAttr(cancel, &ask, &file); status != fuse.OK {
		return status
	}
	if file.Nlink >= s.limits.links {
		return fuse.Status(syscall.EMLINK)
	}
	return s.RawFileSystem.Link(cancel, in, name, out)
}

func (s *slow) SetAttr(cancel <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	pause(s.costs.change)
	return s.RawFileSystem.SetAttr(cancel, in, out)
}

func (s *slow) SetLk(cancel <-chan struct{}, in *fuse.LkIn) fuse.Status {
	pause(s.costs.change) // a lock is kept as durably as a file
	return s.RawFileSystem.SetLk(cancel, in)
}

func (s *slow) Write(cancel <-chan struct{}, in *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	pause(s.costs.write)
	if s.written.Add(int64(len(data))); s.limits.quota > 0 && s.written.Load() > s.limits.quota {
		return 0, fuse.Status(syscall.EDQUOT)
	}
	return s.RawFileSystem.Write(cancel, in, data)
}

func (s *slow) Writev(cancel <-chan struct{}, in *fuse.WriteIn, data [][]byte) (uint32, fuse.Status) {
	return 0, fuse.ENOSYS // then Write is called
}
