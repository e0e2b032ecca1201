using System.Runtime.InteropServices;

namespace SaeDashboard.Torch.Extensions;

/// <summary>Tells whether an error says that there is no memory left: .NET's own, or libtorch's, which is a text.</summary>
public static class MemoryShortage
{
    // Of libtorch's allocators for the CPU and for CUDA, and of the kernel's error 12.
    private static readonly string[] Texts = ["can't allocate memory", "not enough memory", "Cannot allocate memory", "out of memory", "bad_alloc"];

    /// <summary>Whether the error, or one that it wraps, is a shortage of memory.</summary>
    public static bool Is(Exception error) => error switch
    {
        OutOfMemoryException => true,
        AggregateException many => many.InnerExceptions.Any(Is),
        ExternalException or IOException => Texts.Any(text => error.Message.Contains(text, StringComparison.OrdinalIgnoreCase)),
        _ => error.InnerException is { } inner && Is(inner),
    };
}
