#if !TORCHSHARP_PACKAGE
#pragma warning disable CS0067, CS8981, CA1034, CA1052, CA1711, CA2211, CA1045, CA1003, CA1000, IDE1006
using TorchSharp;

namespace SaeDashboard.Torch.Tests.Surface.Imitation;

/// <summary>Reads as TorchSharp's torch to the surface test: some members are right, the others differ each in one way.</summary>
public static class torch
{
    public class Tensor
    {
        private Tensor() { }

        public static int strangeField;

        public event EventHandler? changed;

        public int strangeProperty => 0;

        public Tensor abs() => this;

        // Another overload and return type.
        public int abs(long places) => (int)places;

        // Another default.
        public Tensor sum(long dim, bool keepdim = true, TorchSharp.torch.ScalarType? type = null) => this;

        // Another name of a parameter.
        public Tensor mul(Tensor other) => this;

        public void sqrt() { }

        public static Tensor relu() => new();

        public Tensor exp(ref int x) => this;
    }

    public class strange;
}
#endif
