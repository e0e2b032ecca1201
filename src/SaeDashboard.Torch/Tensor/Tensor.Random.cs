using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <content>Filling with random numbers, and drawing by the elements.</content>
    public partial class Tensor
    {
        /// <summary>Fills with random numbers of a normal distribution.</summary>
        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Done(NativeCreate.normal_(Live, mean, std, Optional(generator)));

        /// <summary>Fills with random numbers, even between both limits.</summary>
        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            Done(NativeCreate.uniform_(Live, from, to, Optional(generator)));

        /// <summary>Ones with the probability that the element states, else zeros.</summary>
        public Tensor bernoulli(Generator? generator = null) =>
            Make(NativeCreate.bernoulli(Live, Optional(generator), out var result), result);

        /// <summary>Fills with ones with this probability, else zeros.</summary>
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) =>
            Done(NativeCreate.bernoulli_(Live, p, Optional(generator)));

        /// <summary>Places drawn with the probabilities that the last dimension states.</summary>
        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            Make(NativeCreate.multinomial(Live, num_samples, replacement, Optional(generator), out var result), result);
    }

    /// <summary>Places drawn with the probabilities that the last dimension states.</summary>
    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator? generator = null) =>
        input.multinomial(num_samples, replacement, generator);
}
