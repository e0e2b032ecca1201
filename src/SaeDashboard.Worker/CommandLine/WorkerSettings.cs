using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Worker.CommandLine;

/// <summary>What the worker reads from <c>appsettings.json</c> next to the program: the <c>Compute</c> section.</summary>
/// <param name="Threads">Threads that work on one operation, at least 1.</param>
/// <param name="LibTorch">A folder with another libtorch's libraries, such as a PyTorch installation's torch/lib; empty: the one built with.</param>
internal sealed record WorkerSettings(int Threads, string LibTorch = "")
{
    /// <summary>Reads the settings; a missing file means the defaults, a broken one is said.</summary>
    public static WorkerSettings Load()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "appsettings.json");
        if (!File.Exists(path)) return new WorkerSettings(Environment.ProcessorCount);
        try
        {
            using var document = JsonDocument.Parse(WholeFile.Read(path));
            _ = document.RootElement.TryGetProperty("Compute", out var compute);
            var isObject = compute.ValueKind == JsonValueKind.Object;
            var threads = isObject && compute.TryGetProperty(nameof(Threads), out var count) ? count.GetInt32() : 0;
            var libtorch = isObject && compute.TryGetProperty(nameof(LibTorch), out var folder) ? folder.GetString() ?? "" : "";
            if (threads is < 0 or > 1024) throw new UserException($"{path}: Compute:Threads is {threads}; write a number from 1 to 1024, or 0 for every core.");
            return new WorkerSettings(threads == 0 ? Environment.ProcessorCount : threads, libtorch);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException)
        {
            throw new UserException($"{path} cannot be read: {problem.Message} Mend it, or delete it for the defaults.", problem);
        }
    }
}
