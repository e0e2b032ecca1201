using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Whether this thread records operations for gradients.</summary>
    public static bool is_grad_enabled()
    {
        Library.Check(NativeAutograd.grad_mode_get(out var enabled));
        return enabled;
    }

    /// <summary>Stops recording on this thread until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradModeScope(false);

    /// <summary>Records on this thread until the result is disposed.</summary>
    public static IDisposable enable_grad(bool enabled = true) => new GradModeScope(enabled);

    /// <summary>Records, or does not, on this thread until the result is disposed.</summary>
    public static IDisposable set_grad_enabled(bool mode = true) => new GradModeScope(mode);

    /// <summary>Whether this thread is in inference mode.</summary>
    public static bool is_inference_mode_enabled()
    {
        Library.Check(NativeAutograd.inference_mode_get(out var enabled));
        return enabled;
    }

    /// <summary>Neither records nor counts versions until the result is disposed, on the same thread.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceModeScope(mode);

    private sealed class GradModeScope : IDisposable
    {
        private readonly bool before = is_grad_enabled();
        private bool closed;

        internal GradModeScope(bool enabled) => Library.Check(NativeAutograd.grad_mode_set(enabled));

        public void Dispose()
        {
            if (closed) return;
            closed = true;
            Library.Check(NativeAutograd.grad_mode_set(before));
        }
    }

    private sealed class InferenceModeScope : IDisposable
    {
        private nint guard;

        internal InferenceModeScope(bool enabled) => Library.Check(NativeAutograd.inference_mode_enter(enabled, out guard));

        public void Dispose()
        {
            if (guard == 0) return;
            var held = guard;
            guard = 0;
            Library.Check(NativeAutograd.inference_mode_leave(held));
        }
    }
}
