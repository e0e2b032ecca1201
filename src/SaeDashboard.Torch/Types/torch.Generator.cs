using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers of one device.</summary>
    public class Generator : IDisposable
    {
        private readonly GeneratorHandle handle;

        private Generator(GeneratorHandle handle, Device device)
        {
            this.handle = handle;
            this.device = device;
        }

        /// <summary>A source of its own, starting from this seed.</summary>
        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            Library.Check(NativeRuntime.generator_new((int)this.device.type, this.device.index, seed, out var result));
            handle = new GeneratorHandle(result);
        }

        internal GeneratorHandle Live => handle;

        /// <summary>The native pointer.</summary>
        public nint Handle => handle.DangerousGetHandle();

        /// <summary>The CPU's source, which is used where none is named.</summary>
        public static Generator Default
        {
            get
            {
                Library.Check(NativeRuntime.generator_default((int)DeviceType.CPU, -1, out var result));
                return new Generator(new GeneratorHandle(result), CPU);
            }
        }

        /// <summary>The device whose numbers it draws.</summary>
        public Device device { get; }

        /// <summary>Starts again from this seed.</summary>
        public Generator manual_seed(long seed)
        {
            Library.Check(NativeRuntime.generator_set_seed(handle, unchecked((ulong)seed)));
            return this;
        }

        /// <summary>The seed it started from.</summary>
        public long initial_seed()
        {
            Library.Check(NativeRuntime.generator_get_seed(handle, out var seed));
            return unchecked((long)seed);
        }

        /// <summary>Starts again from a random seed, which is returned.</summary>
        public long seed()
        {
            Library.Check(NativeRuntime.generator_new_seed(handle, out var seed));
            return unchecked((long)seed);
        }

        /// <summary>The state, as bytes.</summary>
        public Tensor get_state() => Tensor.Make(NativeRuntime.generator_get_state(handle, out var result), result);

        /// <summary>Goes back to a state.</summary>
        public void set_state(Tensor value) => Library.Check(NativeRuntime.generator_set_state(handle, value.Live));

        /// <summary>Lets the native object go.</summary>
        public void Dispose()
        {
            handle.Dispose();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Seeds every device's default source, and returns the CPU's.</summary>
    public static Generator manual_seed(long seed)
    {
        Library.Check(NativeRuntime.manual_seed(unchecked((ulong)seed)));
        return Generator.Default;
    }
}
