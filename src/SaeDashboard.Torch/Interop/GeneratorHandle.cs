using System.Runtime.InteropServices;

namespace TorchSharp.Interop;

/// <summary>Owns one at::Generator.</summary>
internal sealed partial class GeneratorHandle : SafeHandle
{
    /// <summary>Stands for a generator that was left out: the device's default one is used.</summary>
    internal static readonly GeneratorHandle None = new();

    private GeneratorHandle() : base(0, ownsHandle: false) { }

    internal GeneratorHandle(nint generator) : base(0, ownsHandle: true) => SetHandle(generator);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        sae_generator_free(handle);
        return true;
    }

    [LibraryImport(Library.Name)]
    private static partial void sae_generator_free(nint generator);
}
