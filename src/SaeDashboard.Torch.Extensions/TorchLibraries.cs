using System.Runtime.InteropServices;

namespace SaeDashboard.Torch.Extensions;

/// <summary>
/// Finds libtorch and TorchSharp's native library and loads them by their full paths. TorchSharp itself looks for them by name, which would
/// take whatever libtorch is installed on the machine. Once they are loaded, every later look by name gives the same ones.
/// </summary>
internal static unsafe partial class TorchLibraries
{
    /// <summary>The environment variable that names another libtorch: a PyTorch installation's <c>torch/lib</c>.</summary>
    internal const string FolderVariable = "SAE_LIBTORCH";

    private const string Native = "libLibTorchSharp.so";
    private const string Cpu = "libtorch_cpu.so";

    // Written by build/LibTorch.targets. TorchSharp's own constant would start TorchSharp, which loads what it finds.
    private const string VersionFile = "libtorch.version";
    private const string BuildAgain = "Build again with scripts/worker.sh or dotnet build, which bring it.";

    // About a tenth of a millisecond: enough to meet a thread that is running.
    private const string SpinCount = "10000";

    private static nint cpu;

    /// <summary>The version of libtorch that TorchSharp's native part was compiled against.</summary>
    internal static string CompiledVersion { get; private set; } = "";

    /// <summary>The version of the libtorch that is loaded.</summary>
    internal static string LoadedVersion { get; private set; } = "";

    /// <summary>The folder that libtorch was loaded from.</summary>
    internal static string Folder { get; private set; } = "";

    /// <summary>The library that multiplies matrices.</summary>
    internal static string Blas => NativeLibrary.TryGetExport(cpu, "MKL_Get_Version_String", out var version) ? MklVersion(version)
        : NativeLibrary.TryGetExport(cpu, "openblas_get_config", out var config) ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)config)()) ?? "OpenBLAS"
        : "a BLAS that does not say which";

    /// <summary>Loads everything, once.</summary>
    /// <param name="chosen">The folder of another libtorch, from the settings; null or empty: the one this was built with. The environment
    /// variable <see cref="FolderVariable"/> goes before it.</param>
    /// <exception cref="InvalidOperationException">Something is missing, does not load, or does not fit; the message says what to do.</exception>
    internal static void Load(string? chosen)
    {
        if (cpu != 0) return;
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !OperatingSystem.IsLinux())
            throw new InvalidOperationException($"This program computes on Linux on x86-64 processors; this is {RuntimeInformation.RuntimeIdentifier}.");
        CalmOpenMp();
        // libtorch then asks for huge pages for tensors of 2 MiB and more: a product into fresh memory is faster by half.
        _ = setenv("THP_MEM_ALLOC_ENABLE", "1", overwrite: 0);
        var built = BuiltFolder();
        var other = Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } variable ? variable : chosen;
        Folder = string.IsNullOrEmpty(other) ? built : Path.GetFullPath(other);
        RequireFile(Path.Combine(built, Native), BuildAgain);
        RequireFile(Path.Combine(built, VersionFile), BuildAgain);
        CompiledVersion = File.ReadAllText(Path.Combine(built, VersionFile)).Trim();
        RequireFile(Path.Combine(Folder, Cpu), string.IsNullOrEmpty(other) ? BuildAgain
            : $"{FolderVariable} (or Compute:LibTorch) must name the folder that holds libtorch's libraries, such as site-packages/torch/lib.");

        var library = LoadFile(Path.Combine(Folder, Cpu));
        var version = VersionOf(library);
        RequireOneVersion(CompiledVersion, version);
        LoadedVersion = version!;
        foreach (var optional in (string[])["libtorch_cuda.so", "libtorch.so"])
        {
            if (Path.Combine(Folder, optional) is var path && File.Exists(path)) LoadFile(path);
        }
        LoadFile(Path.Combine(built, Native));
        Quieten();
        cpu = library;
    }

    /// <summary>libtorch keeps its C++ interface within a minor version only.</summary>
    internal static void RequireOneVersion(string compiled, string? loaded)
    {
        var ours = Version.Parse(Numbers(compiled));
        if (loaded is not null && Version.Parse(Numbers(loaded)) is var theirs && (theirs.Major, theirs.Minor) == (ours.Major, ours.Minor)) return;
        throw new InvalidOperationException($"TorchSharp was compiled against libtorch {compiled}, but {Folder} holds "
            + (loaded is null ? "one that is too old to say its version. " : $"libtorch {loaded}. ")
            + $"Set {FolderVariable} (or Compute:LibTorch) to a libtorch {ours.Major}.{ours.Minor}, or leave it out to use the one that comes with this program.");
    }

    /// <summary>
    /// OpenMP's threads wait for each other in a busy loop of milliseconds. Without other load that is fast; under other load (the
    /// site, a browser, a second job) the thread waited for is not running, and a step takes ten times as long. So they wait briefly,
    /// then sleep. It is read when libgomp is loaded, from the C library's environment and not from .NET's copy. What a person has set
    /// stays.
    /// </summary>
    private static void CalmOpenMp()
    {
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null) _ = setenv("GOMP_SPINCOUNT", SpinCount, overwrite: 0);
    }

    // Next to the program if it was published, otherwise where the build put it (build/LibTorch.targets).
    private static string BuiltFolder()
    {
        var published = Path.Combine(AppContext.BaseDirectory, "libtorch");
        if (Directory.Exists(published)) return published;
        return AppContext.GetData("SaeDashboard.LibTorch") is string relative
            ? Path.GetFullPath(relative, AppContext.BaseDirectory)
            : published;
    }

    private static void RequireFile(string path, string advice)
    {
        if (!File.Exists(path)) throw new InvalidOperationException($"libtorch could not be loaded: {path} is missing. {advice}");
    }

    private static nint LoadFile(string path)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (Exception problem) when (problem is DllNotFoundException or BadImageFormatException)
        {
            throw new InvalidOperationException($"libtorch could not be loaded: {problem.Message.Split('\n')[0].Trim()}", problem);
        }
    }

    // aoti_torch_abi_version holds major, minor and patch in its upper three bytes (torch/csrc/inductor/aoti_torch/c/shim.h). Every libtorch
    // that TorchSharp 0.107 can use has it.
    private static string? VersionOf(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "aoti_torch_abi_version", out var export)) return null;
        var packed = ((delegate* unmanaged<ulong>)export)();
        return $"{packed >> 56}.{(packed >> 48) & 0xff}.{(packed >> 40) & 0xff}";
    }

    // libtorch would write a warning about NNPACK, which this processor may lack and nothing here needs, at each convolution. Its C++ programs
    // must read the level of its log from the environment themselves: c10::initLogging().
    private static void Quieten()
    {
        _ = setenv("TORCH_CPP_LOG_LEVEL", "ERROR", overwrite: 0);
        var core = Path.Combine(Folder, "libc10.so");
        if (File.Exists(core) && NativeLibrary.TryGetExport(LoadFile(core), "_ZN3c1011initLoggingEv", out var read)) ((delegate* unmanaged<void>)read)();
    }

    private static string MklVersion(nint export)
    {
        var text = stackalloc byte[200];
        ((delegate* unmanaged<byte*, int, void>)export)(text, 200);
        return Marshal.PtrToStringUTF8((nint)text, 200).TrimEnd('\0').Split(" for ")[0].Trim();
    }

    // "2.11.0+cu130" and "1.13.0a0" carry more than numbers; TorchSharp's own carries a fourth.
    private static string Numbers(string version) =>
        string.Join('.', string.Concat(version.TakeWhile(letter => char.IsAsciiDigit(letter) || letter == '.')).Split('.', StringSplitOptions.RemoveEmptyEntries).Take(3));

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int setenv(string name, string value, int overwrite);
}
