using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The version of libtorch that is loaded.</summary>
    public static string __version__ => Library.LoadedVersion;

    /// <summary>How many threads work on one operation.</summary>
    public static int get_num_threads()
    {
        Library.Check(NativeRuntime.get_num_threads(out var count));
        return count;
    }

    /// <summary>Sets how many threads work on one operation, whichever thread calls it.</summary>
    public static void set_num_threads(int num) => Library.Check(NativeRuntime.set_num_threads(num));

    /// <summary>How many operations may run side by side.</summary>
    public static int get_num_interop_threads()
    {
        Library.Check(NativeRuntime.get_num_interop_threads(out var count));
        return count;
    }

    /// <summary>Sets how many operations may run side by side; once only, before the first of them.</summary>
    public static void set_num_interop_threads(int num) => Library.Check(NativeRuntime.set_num_interop_threads(num));

    /// <summary>Whether a GPU can be used.</summary>
    public static bool cuda_is_available() => cuda.is_available();

    /// <summary>GPUs.</summary>
    public static partial class cuda
    {
        /// <summary>Whether a GPU can be used.</summary>
        public static bool is_available() => device_count() > 0;

        /// <summary>How many GPUs there are.</summary>
        public static int device_count()
        {
            Library.Check(NativeRuntime.cuda_device_count(out var count));
            return count;
        }

        /// <summary>Whether cuDNN can be used.</summary>
        public static bool is_cudnn_available()
        {
            Library.Check(NativeRuntime.cuda_cudnn_is_available(out var available));
            return available;
        }

        /// <summary>Seeds the current GPU's random numbers.</summary>
        public static void manual_seed(long seed) => Library.Check(NativeRuntime.cuda_manual_seed(unchecked((ulong)seed)));

        /// <summary>Seeds every GPU's random numbers.</summary>
        public static void manual_seed_all(long seed) => Library.Check(NativeRuntime.cuda_manual_seed_all(unchecked((ulong)seed)));

        /// <summary>Waits until a GPU has done all it was given.</summary>
        public static void synchronize(Device? device = null) => Library.Check(NativeRuntime.cuda_synchronize(device?.index ?? -1));
    }

    /// <summary>Switches of the libraries that libtorch computes with.</summary>
    public static partial class backends
    {
        /// <summary>Switches of the GPU's libraries.</summary>
        public static partial class cuda
        {
            /// <summary>Switches of matrix products on GPUs.</summary>
            public static partial class matmul
            {
                /// <summary>Whether float32 products may round their factors to 10 bits.</summary>
                public static bool allow_tf32
                {
                    get
                    {
                        Library.Check(NativeRuntime.get_allow_tf32_cublas(out var allow));
                        return allow;
                    }
                    set => Library.Check(NativeRuntime.set_allow_tf32_cublas(value));
                }
            }
        }

        /// <summary>Switches of cuDNN.</summary>
        public static partial class cudnn
        {
            /// <summary>Whether float32 convolutions may round their factors to 10 bits.</summary>
            public static bool allow_tf32
            {
                get
                {
                    Library.Check(NativeRuntime.get_allow_tf32_cudnn(out var allow));
                    return allow;
                }
                set => Library.Check(NativeRuntime.set_allow_tf32_cudnn(value));
            }
        }
    }
}
