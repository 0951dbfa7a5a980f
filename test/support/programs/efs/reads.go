package main

import "github.com/hanwen/go-fuse/v2/fuse"

// The requests that change nothing, and those that an EFS mount does not have.

func (s *slow) Lookup(cancel <-chan struct{}, in *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	pause(s.costs.lookup)
	return s.RawFileSystem.Lookup(cancel, in, name, out)
}

func (s *slow) GetAttr(cancel <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	pause(s.costs.lookup)
	return s.RawFileSystem.GetAttr(cancel, in, out)
}

func (s *slow) Readlink(cancel <-chan struct{}, in *fuse.InHeader) ([]byte, fuse.Status) {
	pause(s.costs.lookup)
	return s.RawFileSystem.Readlink(cancel, in)
}

func (s *slow) Open(cancel <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	pause(s.costs.lookup)
	return s.RawFileSystem.Open(cancel, in, out)
}

func (s *slow) OpenDir(cancel <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	pause(s.costs.lookup)
	return s.RawFileSystem.OpenDir(cancel, in, out)
}

func (s *slow) ReadDir(cancel <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	pause(s.costs.lookup)
	return s.RawFileSystem.ReadDir(cancel, in, out)
}

func (s *slow) ReadDirPlus(cancel <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	pause(s.costs.lookup)
	return s.RawFileSystem.ReadDirPlus(cancel, in, out)
}

func (s *slow) Read(cancel <-chan struct{}, in *fuse.ReadIn, buffer []byte) (fuse.ReadResult, fuse.Status) {
	pause(s.costs.read)
	return s.RawFileSystem.Read(cancel, in, buffer)
}

// NFS 4.1 can't copy, allocate or find holes on the server, and has no files without a name: the kernel does without.

func (s *slow) CopyFileRange(<-chan struct{}, *fuse.CopyFileRangeIn) (uint32, fuse.Status) {
	return 0, fuse.ENOSYS
}

func (s *slow) Fallocate(<-chan struct{}, *fuse.FallocateIn) fuse.Status {
	return fuse.ENOSYS
}

func (s *slow) Lseek(<-chan struct{}, *fuse.LseekIn, *fuse.LseekOut) fuse.Status {
	return fuse.ENOSYS
}

func (s *slow) Tmpfile(<-chan struct{}, *fuse.CreateIn, *fuse.CreateOut) fuse.Status {
	return fuse.ENOSYS
}
