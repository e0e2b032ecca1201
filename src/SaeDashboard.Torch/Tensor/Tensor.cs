using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// An array of numbers of one type with a shape, on one device: libtorch's tensor. A tensor belongs to the innermost dispose
    /// scope open when it was made; disposing twice is allowed, using a disposed tensor throws <see cref="ObjectDisposedException"/>.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private TensorHandle handle;

        internal Tensor(nint pointer)
        {
            handle = new TensorHandle(pointer);
            var manager = DisposeScopeManager.OfThread;
            if (manager.Current is { } scope) scope.Adopt(this);
            else manager.Counts.CreatedOutsideScopeCount++;
        }

        /// <summary>The scope that will dispose this tensor, and its place there.</summary>
        internal DisposeScope? OwningScope { get; set; }

        internal int OwningSlot { get; set; }

        /// <summary>The handle for a native call.</summary>
        /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
        internal TensorHandle Live => handle.IsClosed ? throw Gone() : handle;

        /// <summary>The native pointer. It is valid as long as this object is.</summary>
        /// <exception cref="ObjectDisposedException">The tensor was disposed.</exception>
        public nint Handle => Live.DangerousGetHandle();

        /// <summary>Whether the tensor was disposed.</summary>
        public bool IsInvalid => handle.IsClosed;

        /// <summary>How many tensors are alive in the process.</summary>
        public static long TotalCount => TensorHandle.Live;

        /// <summary>The most tensors that were alive at once.</summary>
        public static long PeakCount => TensorHandle.Peak;

        /// <summary>Frees the native tensor; memory that other tensors look at stays.</summary>
        public void Dispose()
        {
            if (!handle.IsClosed)
            {
                if (OwningScope is { } scope) scope.MarkAsDisposed(this);
                else DisposeScopeManager.OfThread.Counts.DisposedOutsideScopeCount++;
                CloseHandle();
            }
            GC.SuppressFinalize(this);
        }

        /// <summary>Frees the native tensor; the owning scope has let go of it.</summary>
        internal void CloseHandle() => handle.Dispose();

        /// <summary>Wraps a native tensor that nobody else owns.</summary>
        public static Tensor UnsafeCreateTensor(nint handle) => new(handle);

        /// <summary>Gives the native tensor away: this object is as good as disposed, and the caller owns the pointer.</summary>
        public nint DecoupleFromNativeHandle()
        {
            _ = Live;
            OwningScope?.MarkAsDisposed(this);
            return handle.Decouple();
        }

        /// <summary>Takes the tensor out of its dispose scope: it lives until it is disposed or collected.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningScope?.Detach(this);
            return this;
        }

        /// <summary>Gives the tensor to the scope around the one that owns it.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Gives the tensor to another scope.</summary>
        public Tensor MoveToOtherDisposeScope(DisposeScope other)
        {
            if (OwningScope is { } scope) scope.MoveToOther(other, this);
            else other.Attach(this);
            return this;
        }

        /// <summary>Gives the tensor to the scope that owns another tensor.</summary>
        public Tensor MoveToOtherDisposeScope(Tensor other) =>
            other.OwningScope is { } scope ? MoveToOtherDisposeScope(scope) : DetachFromDisposeScope();

        /// <summary>The result of a call that makes a tensor.</summary>
        internal static Tensor Make(int status, nint pointer)
        {
            Library.Check(status);
            return new Tensor(pointer);
        }

        /// <summary>The result of a call that makes two tensors.</summary>
        internal static (Tensor, Tensor) Make(int status, nint first, nint second)
        {
            Library.Check(status);
            return (new Tensor(first), new Tensor(second));
        }

        /// <summary>The result of a call that changes this tensor.</summary>
        private Tensor Done(int status)
        {
            Library.Check(status);
            return this;
        }

        private static Tensor[] Wrap(ReadOnlySpan<nint> pointers)
        {
            var tensors = new Tensor[pointers.Length];
            for (var i = 0; i < tensors.Length; i++) tensors[i] = new Tensor(pointers[i]);
            return tensors;
        }

        private static ObjectDisposedException Gone() => new(nameof(Tensor), "Tensor invalid -- empty handle.");
    }

    /// <summary>Opens a dispose scope inside the one that is open now.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.Open();

    /// <summary>The innermost dispose scope of this thread, or null.</summary>
    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.OfThread.Current;

    /// <summary>Runs an expression in a scope of its own and keeps only its result.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    /// <summary>The handle of a tensor that may be left out.</summary>
    private static TensorHandle Optional(Tensor? tensor) => tensor is null ? TensorHandle.None : tensor.Live;
}
