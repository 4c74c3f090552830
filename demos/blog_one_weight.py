"""Frontpropagation and backpropagation on one weight and one bias.

A voice's wavelength x goes in, the probability of Parkinson's disease comes out:
output = sigmoid(x * w + b).  You will see a loss that is actually infinite, why no gradient helps
there, where the infinity was born, the cure, and training that ends well.  Takes a second.
"""

from autograd import Value, detect_anomaly
from nn import SGD, binary_cross_entropy, binary_cross_entropy_with_logits

print(__doc__)

X = 100.0  # the wavelength
TRUTH = 0  # this person is healthy


def fresh() -> tuple[Value, Value]:
    return Value(0.5, label="w"), Value(-0.2, label="b")


print("1. Frontpropagation: w = 0.5, b = -0.2, x = 100")
w, b = fresh()
logit = X * w + b
output = logit.sigmoid()
print(f"   x * w + b = {logit:.1f}")
print(f"   sigmoid({logit:.1f}) = {output:.17g}: in 64 bits that is exactly 1\n")

print("2. The loss: binary cross-entropy, -(t*log(p) + (1-t)*log(1-p)), with t = 0")
loss = binary_cross_entropy(output, TRUTH)
print(f"   -log(1 - {output:.0f}) = {loss:.0f}: certain, and wrong")
loss.backward()
slope = output.data * (1 - output.data)
print(f"   its gradient: dw = {w.grad}, db = {b.grad}.  Useless: the logarithm's slope is")
print(f"   infinite, the sigmoid's is {slope}, and inf * 0 is not a number.\n")

print("3. Where was the infinity born?  detect_anomaly() says:")
try:
    with detect_anomaly():
        w, b = fresh()
        loss = binary_cross_entropy((X * w + b).sigmoid(), TRUTH)
except FloatingPointError as error:
    print("   " + str(error).replace("\n", "\n   "))
    print("   (log1p(-1.0) is log(1 - 1), computed with more care)\n")

print("4. The cure: the same loss, written on the logit instead of the probability")
w, b = fresh()
loss = binary_cross_entropy_with_logits(X * w + b, TRUTH)
loss.backward()
print(f"   loss = {loss:.1f}, dw = {w.grad:.0f}, db = {b.grad:.0f}: every number finite\n")

print("5. The update rule: new = old - alpha * gradient")
w, b = fresh()
w.grad, b.grad = -10.0, -5.0
SGD([w, b], lr=0.01).step()
print(f"   with alpha = 0.01, dw = -10, db = -5: w = {w:.1f}, b = {b:.2f}\n")

print("6. Training until it is right")
w, b = fresh()
optimizer = SGD([w, b], lr=0.0001)
step = 0
while True:
    logit = X * w + b
    probability = logit.sigmoid()
    loss = binary_cross_entropy_with_logits(logit, TRUTH)
    if step % 10 == 0 or probability < 0.01:
        print(
            f"   step {step:3}: p = {probability:.6f}, loss = {loss:9.6f}, w = {w:.4f}, b = {b:.4f}"
        )
    if probability < 0.01:
        break
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    step += 1
print(f"   After {step} steps the voice is healthy with {1 - probability.data:.1%}.")
print("\nNext: python -m demos.blog_neuron trains three weights on four rows")
