using System.Runtime.CompilerServices;

namespace SaeDashboard.TestSupport;

/// <summary>
/// Processes that tests start, and often kill, open no debugger's pipes: a killed process leaves three files of them in the system's temporary folder.
/// </summary>
internal static class ChildProcesses
{
#pragma warning disable CA2255 // Children take their variables from this process, so it is set before any of them starts.
    [ModuleInitializer]
    internal static void Quiet() => Environment.SetEnvironmentVariable("DOTNET_EnableDiagnostics", "0");
#pragma warning restore CA2255
}
