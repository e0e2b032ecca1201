using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Web.Hosting;

namespace SaeDashboard.Web.Jobs;

/// <summary>Whether a run's worker has room: a job that does not fit waits, one that never will is refused.</summary>
internal sealed class MemoryCheck(IOptions<ComputeOptions> options)
{
    private const long Program = 500L << 20;

    // W_enc and W_dec as value, gradient and two moments, and as much again in buffers and a checkpoint that is written.
    private const int CopiesOfWeights = 10;
    private const int DefaultWidth = 1024;
    private const long IndexValues = 512L << 20;

    // Of [batch, latents]: what differentiating a dense step keeps at once.
    private const int DenseTensors = 6;

    /// <summary>Bytes of this machine's memory that the worker is thought to need.</summary>
    public static long Estimate(RunPlan plan)
    {
        var (weights, pre) = Sizes(plan);
        // What a GPU trains is in this machine's memory as checkpoints alone, while they are read and written.
        var training = ComputeNames.IsGpu(plan.Device) ? 2 * weights : CopiesOfWeights / 2 * weights + 2 * pre;
        // Weights may be kept as 16 bits and are computed with as 32.
        return Program + 2 * ModelBytes(plan) + training + IndexValues;
    }

    /// <summary>Bytes of a GPU's own memory that a run on one is thought to need: the model, or weights, gradient, moments and a dense step of training.</summary>
    public static long EstimateGpu(RunPlan plan)
    {
        var (weights, pre) = Sizes(plan);
        return ModelBytes(plan) / (plan.ComputeType == ComputeNames.Float32 ? 1 : 2) + CopiesOfWeights / 2 * weights + DenseTensors * pre;
    }

    /// <param name="plan">The run's plan.</param>
    /// <param name="device">Its device; null when nothing is known of it.</param>
    /// <exception cref="UserException">This machine or the GPU has not the memory, whatever else runs.</exception>
    public static void RequireEver(RunPlan plan, DeviceInfo? device)
    {
        var (needed, total) = (Estimate(plan), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if (needed > total)
            throw new UserException($"This run needs about {Gigabytes(needed)} of memory; this machine has {Gigabytes(total)}. Use fewer latents or a smaller model.");
        if (device?.MemoryBytes is { } gpu && EstimateGpu(plan) is var wanted && wanted > gpu)
            throw new UserException($"This run needs about {Gigabytes(wanted)} of memory on {device.Id}, which has {Gigabytes(gpu)}. Use fewer latents, a smaller batch or a smaller model, or run it on the CPU.");
    }

    /// <summary>Why the run has to wait for memory; null when it has not.</summary>
    public string? Wait(RunPlan plan)
    {
        var needed = Estimate(plan) + ((long)options.Value.MemoryReserve << 20);
        return Free() is { } free && free < needed ? $"Queued until memory is free: it needs about {Gigabytes(needed)}; {Gigabytes(free)} are free." : null;
    }

    /// <summary>Bytes that programs can still have; null when this system does not say.</summary>
    private static long? Free()
    {
        const string meminfo = "/proc/meminfo", name = "MemAvailable:";
        if (!File.Exists(meminfo)) return null;
        var line = File.ReadLines(meminfo).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        var free = line is not null && long.TryParse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes << 10 : long.MaxValue;
        // A container's own limit.
        const string limit = "/sys/fs/cgroup/memory.max", used = "/sys/fs/cgroup/memory.current";
        if (File.Exists(limit) && File.Exists(used)
            && long.TryParse(File.ReadAllText(limit).Trim(), CultureInfo.InvariantCulture, out var most) && long.TryParse(File.ReadAllText(used).Trim(), CultureInfo.InvariantCulture, out var now))
        {
            // What the container's files take in the page cache is given back when it is needed: count only half of it as used.
            free = Math.Min(free, Math.Max(most - now, most / 2 - now / 2));
        }
        return free == long.MaxValue ? null : free;
    }

    /// <summary>Bytes of W_enc and W_dec, and of a batch's pre-activations.</summary>
    private static (long Weights, long PreActivations) Sizes(RunPlan plan)
    {
        long latents = plan.Train.Values.Latents, batch = plan.Train.Values.Batch;
        return (latents * Width(plan.ModelPath) * sizeof(float) * 2, latents * batch * sizeof(float));
    }

    // What links lead to counts: a model in the Hugging Face cache is a folder of links.
    private static long ModelBytes(RunPlan plan)
    {
        try
        {
            return Directory.EnumerateFiles(plan.ModelPath).Where(file => file.EndsWith(".safetensors", StringComparison.Ordinal)).Sum(file => FileLook.At(file)?.Length ?? 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or UserException)
        {
            // Gone, closed to us, or no path at all: the worker says what is wrong when it loads it.
            return 0;
        }
    }

    private static long Width(string model)
    {
        try
        {
            return JsonFile.Read<JsonObject>(Path.Combine(model, "config.json"))["decoder"]?["hidden_size"]?.GetValue<int>() ?? DefaultWidth;
        }
        catch (Exception error) when (error is UserException or InvalidOperationException or FormatException)
        {
            return DefaultWidth;
        }
    }

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F1} GB");
}
